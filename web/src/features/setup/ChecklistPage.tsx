/** From an empty house to the first value: four steps, each judged from the data, so that nothing is ticked by hand. */
import { Button } from '@mantine/core';
import { IconCheck, IconCircle } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Copy } from '@/components/Copy';
import { ErrorNote, Lead, Loaded, PageHead } from '@/components/Page';
import { failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useLive } from '@/lib/live';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import css from './ChecklistPage.module.css';

interface Step {
  key: 'customers' | 'usage' | 'scorecard' | 'team';
  done: boolean;
  accounts?: number;
  demo_accounts?: number;
  keys?: number;
  first_event_at?: string | null;
  source?: string;
  saved_at?: string | null;
  members?: number;
  waiting?: number;
}

export function ChecklistPage() {
  const { t } = useTranslation('setup');
  const me = useMe();
  const steps = useQuery({
    queryKey: ['checklist'],
    queryFn: () => ask<{ data: Step[] }>('GET', '/api/v1/setup/checklist'),
    enabled: mayRole(me, 'admin'),
  });
  const again = () => queryClient.invalidateQueries({ queryKey: ['checklist'] });
  useLive('accounts', again);
  useLive('catalogue', again);
  if (!mayRole(me, 'admin'))
    return (
      <>
        <PageHead title={t('steps_title')} />
        <p className={css.refused}>{t('admins_only')}</p>
      </>
    );
  return (
    <>
      <PageHead title={t('steps_title')} />
      <Loaded query={steps} rows={4} row={88}>
        {({ data }) => {
          const done = data.filter((step) => step.done).length;
          const next = data.find((step) => !step.done)?.key;
          return (
            <>
              <Lead then={t(done === data.length ? 'lead_done_then' : 'lead_then')}>
                {done === data.length ? t('lead_done') : t('lead_open', { done: format.int(done), all: format.int(data.length) })}
              </Lead>
              <ol className={css.steps}>
                {data.map((step) => (
                  <Item key={step.key} step={step} open={step.key === next}>
                    {step.key === 'customers' && <Customers />}
                    {step.key === 'usage' && <Usage step={step} />}
                    {step.key === 'scorecard' && (
                      <Button component="a" href="/health" variant={next === 'scorecard' ? 'filled' : 'default'}>
                        {t('scorecard.do')}
                      </Button>
                    )}
                    {step.key === 'team' && (
                      <Button component="a" href="/admin/people" variant={next === 'team' ? 'filled' : 'default'}>
                        {t('team.do')}
                      </Button>
                    )}
                  </Item>
                ))}
              </ol>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** What a finished step has come to, in one sentence. */
function outcome(step: Step, t: (key: string, values?: Record<string, unknown>) => string) {
  switch (step.key) {
    case 'customers':
      return t(step.demo_accounts ? 'customers.demo' : 'customers.done', {
        count: step.accounts,
        n: format.int(step.accounts ?? 0),
      });
    case 'usage':
      return t('usage.done', { source: step.source, when: format.instant(step.first_event_at!) });
    case 'scorecard':
      return t('scorecard.done', { when: format.instant(step.saved_at!) });
    case 'team':
      return t('team.done', { n: format.int(step.members ?? 0) });
  }
}

function Item({ step, open, children }: { step: Step; open: boolean; children: ReactNode }) {
  const { t } = useTranslation('setup');
  return (
    <li className={css.step} data-done={step.done || undefined} aria-current={open ? 'step' : undefined}>
      <span className={css.mark}>
        {step.done ? <IconCheck size={15} aria-hidden="true" /> : <IconCircle size={15} aria-hidden="true" />}
      </span>
      <div className={css.body}>
        <h2>
          {t(`${step.key}.title`)} {step.done && <span className="sr">{t('step_done')}</span>}
        </h2>
        <p className="quiet">{step.done ? outcome(step, t) : t(`${step.key}.text`)}</p>
        {!step.done && <div className={css.act}>{children}</div>}
      </div>
    </li>
  );
}

function Customers() {
  const { t } = useTranslation('setup');
  const demo = useMutation({
    mutationFn: () => ask('POST', '/api/v1/demo'),
    onSuccess: () => queryClient.invalidateQueries(),
    onError: failed,
  });
  return (
    <>
      <Button component="a" href="/data/imports">
        {t('customers.import')}
      </Button>
      <Button variant="default" loading={demo.isPending} onClick={() => demo.mutate()}>
        {t('customers.load_demo')}
      </Button>
      {demo.isPending && (
        <span className="label" role="status">
          {t('customers.loading')}
        </span>
      )}
    </>
  );
}

const snippet = (key: string) => `curl -X POST ${location.origin}/v1/track \\
  -H 'X-Write-Key: ${key}' \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "user-1", "event": "Signed in", "context": {"groupId": "customer-1"}}'`;

/** A key, a line to send, and the wait for what it sends. */
function Usage({ step }: { step: Step }) {
  const { t } = useTranslation('setup');
  const [secret, setSecret] = useState('');
  const [refused, setRefused] = useState('');
  const make = useMutation({
    mutationFn: () =>
      ask<{ secret: string }>('POST', '/api/v1/keys', { body: { name: `app-${Date.now().toString(36)}`, kind: 'server' } }),
    onSuccess: (key) => {
      setSecret(key.secret);
      queryClient.invalidateQueries({ queryKey: ['checklist'] });
    },
  });
  useLive<{ message: { en: string; fa: string } }>('rejected', (news) => setRefused(news.message[format.options.language]));
  useLive('events', () => queryClient.invalidateQueries({ queryKey: ['checklist'] }));
  return (
    <div className={css.usage}>
      {make.error && <ErrorNote error={make.error} />}
      {secret ? (
        <>
          <Copy block label={t('usage.snippet')} text={snippet(secret)} />
          <p className="label">{t('usage.once')}</p>
        </>
      ) : (
        <div className={css.act}>
          <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
            {t('usage.make')}
          </Button>
          {(step.keys ?? 0) > 0 && <span className="label">{t('usage.have', { n: format.int(step.keys ?? 0) })}</span>}
        </div>
      )}
      {(secret || (step.keys ?? 0) > 0) && (
        <p className={css.waiting} role="status">
          <i aria-hidden="true" /> {t('usage.waiting')}
        </p>
      )}
      {refused && (
        <p className="risk" role="alert">
          {t('usage.refused')} <bdi>{refused}</bdi>
        </p>
      )}
    </div>
  );
}
