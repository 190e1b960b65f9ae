/** Keys: made here, their secret shown once, with what to paste into a product and the first event as it comes. */
import { Button, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { IconCheck, IconCopy, IconKey } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Empty, ErrorNote, Loaded } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Table } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { whoIs } from '@/lib/words';
import { eventsQuery, type Key, keysQuery, rejectedQuery } from './data';
import css from './Sources.module.css';

export function Keys({ onCreate }: { onCreate: () => void }) {
  const { t } = useTranslation('sources');
  const query = useQuery(keysQuery);
  const [asking, setAsking] = useState<string | null>(null);
  const revoke = async (key: Key) => {
    setAsking(null);
    try {
      await ask('DELETE', `/api/v1/keys/${key.id}`);
      done(t('revoked', { name: key.name }));
    } catch (error) {
      failed(error);
    }
    queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
  };
  return (
    <Loaded query={query}>
      {(page) => (
        <Table
          label={t('tab.keys')}
          rows={page.data}
          rowKey={(key) => key.id}
          rowHeight={44}
          columns={[
            {
              key: 'name',
              title: t('key_name'),
              width: 'minmax(140px, 1.2fr)',
              render: (key) => <bdi className="name">{key.name}</bdi>,
            },
            { key: 'kind', title: t('key_kind'), width: 'minmax(110px, 0.8fr)', render: (key) => t(`kind.${key.kind}`) },
            { key: 'prefix', title: t('begins'), width: '130px', render: (key) => <code>{key.prefix}…</code> },
            { key: 'by', title: t('made_by'), width: 'minmax(110px, 1fr)', render: (key) => whoIs(key.created_by) },
            {
              key: 'used',
              title: t('used'),
              width: '130px',
              render: (key) => (key.last_used_at ? format.ago(key.last_used_at) : t('never')),
            },
            {
              key: 'end',
              title: t('state'),
              width: 'minmax(210px, 1fr)',
              render: (key) =>
                key.revoked_at ? (
                  <span className="dim">{t('revoked_on', { when: format.ago(key.revoked_at) })}</span>
                ) : asking === key.id ? (
                  <span className={css.asking}>
                    <Button size="compact-xs" color="red" onClick={() => revoke(key)}>
                      {t('revoke_yes')}
                    </Button>
                    <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setAsking(null)}>
                      {t('common:cancel')}
                    </Button>
                  </span>
                ) : (
                  <Button size="compact-xs" variant="subtle" color="red" onClick={() => setAsking(key.id)}>
                    {t('revoke')}
                  </Button>
                ),
            },
          ]}
          empty={
            <Empty
              title={t('no_keys')}
              action={
                <Button leftSection={<IconKey size={15} />} onClick={onCreate}>
                  {t('connect')}
                </Button>
              }
            >
              {t('no_keys_text')}
            </Empty>
          }
        />
      )}
    </Loaded>
  );
}

export function KeyDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('sources');
  const [made, setMade] = useState<Key | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    <SideDrawer opened={opened} onClose={close} title={made ? t('made_title', { name: made.name }) : t('connect')} size={560}>
      {opened && (made ? <Made made={made} onDone={close} /> : <KeyForm onMade={setMade} onCancel={close} />)}
    </SideDrawer>
  );
}

function KeyForm({ onMade, onCancel }: { onMade: (key: Key) => void; onCancel: () => void }) {
  const { t } = useTranslation('sources');
  const [draft, setDraft] = useState({ name: '', kind: 'server' as Key['kind'], role: 'viewer', origins: '' });
  const create = useMutation({
    mutationFn: () =>
      ask<Key>('POST', '/api/v1/keys', {
        body: {
          name: draft.name,
          kind: draft.kind,
          ...(draft.kind === 'api' ? { role: draft.role, scope: 'all' } : {}),
          ...(draft.kind === 'browser' && draft.origins.trim()
            ? { origins: draft.origins.split(/[\s,،]+/).filter(Boolean) }
            : {}),
        },
      }),
    onSuccess: (key) => {
      queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
      onMade(key);
    },
  });
  const problem = create.error instanceof Problem ? create.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form noValidate className={css.form} onSubmit={submit}>
      <TextInput
        label={t('key_name')}
        description={t('key_name_help')}
        data-autofocus
        dir="auto"
        value={draft.name}
        error={problem?.at('name')}
        onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
      />
      <div>
        <SegmentedControl
          aria-label={t('key_kind')}
          fullWidth
          data={(['server', 'browser', 'api'] as const).map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
          value={draft.kind}
          onChange={(kind) => setDraft({ ...draft, kind: kind as Key['kind'] })}
        />
        <p className="label">{t(`kind_text.${draft.kind}`)}</p>
      </div>
      {draft.kind === 'browser' && (
        <Textarea
          label={t('origins')}
          description={t('origins_help')}
          dir="ltr"
          placeholder="https://app.karavan.example"
          value={draft.origins}
          error={problem?.at('origins')}
          onChange={(event) => setDraft({ ...draft, origins: event.currentTarget.value })}
        />
      )}
      {draft.kind === 'api' && (
        <Select
          label={t('role')}
          data={['viewer', 'csm', 'manager', 'admin'].map((role) => ({ value: role, label: t(`roles.${role}`) }))}
          value={draft.role}
          onChange={(role) => setDraft({ ...draft, role: role ?? 'viewer' })}
        />
      )}
      {problem && !problem.at('name') && !problem.at('origins') && <ErrorNote error={problem} />}
      <div className={css.foot}>
        <Button type="submit" loading={create.isPending}>
          {t('make_key')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onCancel}>
          {t('common:cancel')}
        </Button>
      </div>
    </form>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation('sources');
  const [copied, setCopied] = useState(false);
  return (
    <Button
      size="compact-xs"
      variant="default"
      leftSection={copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
      aria-label={label}
      onClick={() =>
        navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => failed(t('no_clipboard')),
        )
      }
    >
      {copied ? t('copied') : t('copy')}
    </Button>
  );
}

const snippets = (secret: string): Record<string, string> => ({
  curl: `curl ${location.origin}/v1/track \\
  -u '${secret}:' \\
  -H 'content-type: application/json' \\
  -d '{"userId": "u-17", "event": "report_opened",
       "context": {"groupId": "customer-42"}}'`,
  js: `<script type="module">
  import { AnalyticsBrowser } from '@segment/analytics-next';
  const analytics = AnalyticsBrowser.load(
    { writeKey: '${secret}', cdnURL: '${location.origin}' },
    { integrations: { 'Segment.io': { apiHost: '${location.host}/v1', protocol: '${location.protocol.slice(0, -1)}' } } });
  analytics.identify('u-17');
  analytics.group('customer-42', { name: 'Quillhaven' });
  analytics.track('report_opened');
</script>`,
  segment: `import { Analytics } from '@segment/analytics-node';

const analytics = new Analytics({
  writeKey: '${secret}',
  host: '${location.origin}',
});
analytics.track({
  userId: 'u-17',
  event: 'report_opened',
  context: { groupId: 'customer-42' },
});`,
  python: `import segment.analytics as analytics

analytics.write_key = '${secret}'
analytics.host = '${location.origin}'
analytics.track('u-17', 'report_opened',
                context={'groupId': 'customer-42'})`,
});

function Made({ made, onDone }: { made: Key; onDone: () => void }) {
  const { t } = useTranslation('sources');
  const [kind, setKind] = useState<string>(made.kind === 'browser' ? 'js' : 'curl');
  const secret = made.secret ?? '';
  const all = snippets(secret);
  return (
    <div className={css.form}>
      <p>{t('secret_once')}</p>
      <div className={css.secret}>
        <code>{secret}</code>
        <Copy text={secret} label={t('copy_secret')} />
      </div>
      {made.kind === 'api' ? (
        <pre className={css.code} dir="ltr">
          {`curl ${location.origin}/api/v1/accounts \\\n  -H 'authorization: Bearer ${secret}'`}
        </pre>
      ) : (
        <>
          <div>
            <SegmentedControl
              aria-label={t('snippet')}
              data={['curl', 'js', 'segment', 'python'].map((one) => ({ value: one, label: t(`snippets.${one}`) }))}
              value={kind}
              onChange={setKind}
            />
          </div>
          <div className={css.snippet}>
            <pre className={css.code} dir="ltr" tabIndex={0}>
              {all[kind]}
            </pre>
            <Copy text={all[kind] ?? ''} label={t('copy_snippet')} />
          </div>
          <FirstEvent source={made.name} />
        </>
      )}
      <div className={css.foot}>
        <Button variant="default" onClick={onDone}>
          {t('finished')}
        </Button>
      </div>
    </div>
  );
}

/** Waits for the first event of a source and shows it as it comes. */
function FirstEvent({ source }: { source: string }) {
  const { t } = useTranslation('sources');
  const events = useQuery(eventsQuery());
  const rejected = useQuery(rejectedQuery(source));
  const first = events.data?.data.find((event) => event.source === source);
  const refused = rejected.data?.data[0];
  return (
    <div className={css.first} data-state={first ? 'here' : refused ? 'refused' : undefined} role="status">
      {first ? (
        <>
          <strong>{t('first_here')}</strong>
          <span>
            <code>{first.name}</code> {first.user_key && <bdi>{first.user_key}</bdi>}{' '}
            {(first.account ?? first.account_key) && <bdi>{first.account ?? first.account_key}</bdi>}{' '}
            {format.ago(first.received ?? first.occurred)}
          </span>
        </>
      ) : refused ? (
        <>
          <strong>{t('first_refused')}</strong>
          <span>{refused.message}</span>
        </>
      ) : (
        <>
          <strong>{t('waiting')}</strong>
          <span>{t('waiting_text')}</span>
        </>
      )}
    </div>
  );
}
