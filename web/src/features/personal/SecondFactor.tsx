/** A code besides the password: the QR code is drawn here, from the server's own answer; nothing leaves the house. */
import { Button, Modal, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { encode } from 'uqr';
import { Copy } from '@/components/Copy';
import { Loaded, Section } from '@/components/Page';
import { done } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { download } from '@/lib/download';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import css from './PersonalPage.module.css';

interface State {
  set_up: boolean;
  required: boolean;
  codes_left: number;
}
interface Begun {
  secret: string;
  uri: string;
}
type Doing = 'begin' | 'codes' | 'remove';

export function SecondFactor() {
  const { t } = useTranslation('personal');
  const [doing, setDoing] = useState<Doing | null>(null);
  const state = useQuery({ queryKey: ['second-factor'], queryFn: () => ask<State>('GET', '/api/v1/me/second-factor') });
  const close = () => {
    setDoing(null);
    queryClient.invalidateQueries({ queryKey: ['second-factor'] });
    queryClient.invalidateQueries({ queryKey: ['me'] });
    queryClient.invalidateQueries({ queryKey: ['sessions'] });
  };
  return (
    <Section title={t('factor')} hint={t('factor_hint')} id="factor">
      <Loaded query={state} rows={1}>
        {({ set_up, required, codes_left }) => (
          <>
            <p className="quiet">
              {set_up ? t('factor_on', { n: format.int(codes_left) }) : t('factor_off')} {required && t('factor_required')}
            </p>
            {set_up && codes_left < 3 && <p className="watch">{t('codes_few')}</p>}
            <div className={css.actions}>
              {!set_up && <Button onClick={() => setDoing('begin')}>{t('factor_begin')}</Button>}
              {set_up && (
                <>
                  <Button variant="default" onClick={() => setDoing('codes')}>
                    {t('codes_new')}
                  </Button>
                  <Button variant="subtle" color="red" onClick={() => setDoing('remove')}>
                    {t('factor_remove')}
                  </Button>
                </>
              )}
            </div>
          </>
        )}
      </Loaded>
      <Modal
        opened={doing !== null}
        onClose={close}
        title={doing && t(`factor_do.${doing}`)}
        closeButtonProps={{ 'aria-label': t('common:close') }}
        closeOnClickOutside={false}
        size={460}
      >
        {doing === 'begin' && <Begin onDone={close} />}
        {doing === 'codes' && <NewCodes onDone={close} />}
        {doing === 'remove' && <Remove onDone={close} />}
      </Modal>
    </Section>
  );
}

function Form({
  onSubmit,
  pending,
  label,
  error,
  children,
}: {
  onSubmit: () => void;
  pending: boolean;
  label: string;
  error: unknown;
  children: ReactNode;
}) {
  const problem = error instanceof Problem ? error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className={css.form} onSubmit={submit} noValidate>
      {children}
      {problem && problem.errors.length === 0 && (
        <p role="alert" className="risk">
          {problem.detail || problem.message}
        </p>
      )}
      <Button type="submit" loading={pending} className={css.start}>
        {label}
      </Button>
    </form>
  );
}

const Password = ({ value, onChange, error }: { value: string; onChange: (value: string) => void; error?: string }) => {
  const { t } = useTranslation('personal');
  return (
    <PasswordInput
      label={t('password_current')}
      dir="ltr"
      autoComplete="current-password"
      data-autofocus
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      visibilityToggleButtonProps={{ 'aria-label': t('show') }}
    />
  );
};
const Code = ({ value, onChange, error }: { value: string; onChange: (value: string) => void; error?: string }) => {
  const { t } = useTranslation('personal');
  return (
    <TextInput
      label={t('code')}
      dir="ltr"
      autoComplete="one-time-code"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
};

function Begin({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('personal');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useMutation({ mutationFn: () => ask<Begun>('POST', '/api/v1/me/second-factor', { body: { password } }) });
  const confirm = useMutation({
    mutationFn: () => ask<{ recovery_codes: string[] }>('POST', '/api/v1/me/second-factor/confirm', { body: { code } }),
  });
  const at = (error: unknown, field: string) => (error instanceof Problem ? error.at(field) : undefined);
  if (confirm.data) return <Codes codes={confirm.data.recovery_codes} onDone={onDone} />;
  if (!begin.data)
    return (
      <Form onSubmit={() => begin.mutate()} pending={begin.isPending} label={t('go_on')} error={begin.error}>
        <p className="quiet">{t('begin_text')}</p>
        <Password value={password} onChange={setPassword} error={at(begin.error, 'password')} />
      </Form>
    );
  return (
    <Form onSubmit={() => confirm.mutate()} pending={confirm.isPending} label={t('confirm')} error={confirm.error}>
      <p className="quiet">{t('scan')}</p>
      <QrCode text={begin.data.uri} label={t('qr')} />
      <details>
        <summary>{t('no_scan')}</summary>
        <Copy label={t('secret')} text={begin.data.secret.replace(/(.{4})(?=.)/g, '$1 ')} />
      </details>
      <Code value={code} onChange={setCode} error={at(confirm.error, 'code')} />
    </Form>
  );
}

/** Dark on light in both themes: cameras expect it. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 3 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg className={css.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation('personal');
  return (
    <div className={css.form}>
      <p className="quiet">{t('codes_text')}</p>
      <Copy block label={t('codes')} text={codes.join('\n')} />
      <div className={css.actions}>
        <Button onClick={onDone}>{t('codes_kept')}</Button>
        <Button
          variant="default"
          onClick={() => download('vafa-codes.txt', new Blob([codes.join('\n')], { type: 'text/plain' }))}
        >
          {t('codes_download')}
        </Button>
      </div>
    </div>
  );
}

function useProof<Answer>(path: string, onSuccess?: () => void) {
  const [draft, setDraft] = useState({ password: '', code: '' });
  const send = useMutation({ mutationFn: () => ask<Answer>('POST', path, { body: draft }), onSuccess });
  const problem = send.error instanceof Problem ? send.error : null;
  const fields = (
    <>
      <Password
        value={draft.password}
        onChange={(password) => setDraft({ ...draft, password })}
        error={problem?.at('password')}
      />
      <Code value={draft.code} onChange={(code) => setDraft({ ...draft, code })} error={problem?.at('code')} />
    </>
  );
  return { send, fields };
}

function NewCodes({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('personal');
  const { send, fields } = useProof<{ recovery_codes: string[] }>('/api/v1/me/second-factor/codes');
  if (send.data) return <Codes codes={send.data.recovery_codes} onDone={onDone} />;
  return (
    <Form onSubmit={() => send.mutate()} pending={send.isPending} label={t('codes_new')} error={send.error}>
      <p className="quiet">{t('codes_new_text')}</p>
      {fields}
    </Form>
  );
}

function Remove({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('personal');
  const { send, fields } = useProof('/api/v1/me/second-factor/remove', () => {
    done(t('factor_removed'));
    onDone();
  });
  return (
    <Form onSubmit={() => send.mutate()} pending={send.isPending} label={t('factor_remove')} error={send.error}>
      <p className="quiet">{t('remove_text')}</p>
      {fields}
    </Form>
  );
}
