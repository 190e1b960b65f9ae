import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ask, Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { Card, Refusal } from './Card';

const route = getRouteApi('/sign-in');
interface Answer {
  code_needed?: boolean;
  token?: string;
}

export function SignInPage() {
  const { t } = useTranslation('session');
  const { next } = route.useSearch();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [token, setToken] = useState('');
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => ask<{ needed: boolean }>('GET', '/api/v1/setup') });
  useEffect(() => {
    if (setup.data?.needed) location.replace('/setup');
  }, [setup.data]);
  // The page starts anew as the person who signed in: their language, calendar and digits.
  const enter = () => location.assign(next ?? '/');
  const signIn = useMutation({
    mutationFn: () => ask<Answer>('POST', '/api/v1/session', { body: { email, password } }),
    onSuccess: (answer) => (answer.code_needed && answer.token ? setToken(answer.token) : enter()),
  });
  const problem = signIn.error instanceof Problem ? signIn.error : null;
  if (token) return <CodeStep token={token} onIn={enter} onBack={() => setToken('')} />;
  return (
    <Card title={t('title')} onSubmit={() => signIn.mutate()}>
      <TextInput
        label={t('email')}
        type="email"
        dir="ltr"
        autoComplete="username"
        autoFocus
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={problem?.at('email')}
      />
      <PasswordInput
        label={t('password')}
        dir="ltr"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={problem?.at('password')}
        visibilityToggleButtonProps={{ 'aria-label': t('show') }}
      />
      <Refusal error={signIn.error} />
      <Button type="submit" loading={signIn.isPending} fullWidth>
        {t('do')}
      </Button>
      <p className="label">{t('lost')}</p>
    </Card>
  );
}

/** The second step: a code of the app, or a recovery code. */
function CodeStep({ token, onIn, onBack }: { token: string; onIn: () => void; onBack: () => void }) {
  const { t } = useTranslation('session');
  const [code, setCode] = useState('');
  const [recovery, setRecovery] = useState(false);
  const send = useMutation({
    mutationFn: () => ask('POST', '/api/v1/session/code', { body: { token, code } }),
    onSuccess: onIn,
  });
  const problem = send.error instanceof Problem ? send.error : null;
  const over = problem?.code === 'token_used';
  return (
    <Card title={t('code_title')} lead={t(recovery ? 'recovery_lead' : 'code_lead')} onSubmit={() => send.mutate()}>
      <TextInput
        key={String(recovery)}
        label={t(recovery ? 'recovery' : 'code')}
        dir="ltr"
        inputMode={recovery ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        autoFocus
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        error={problem?.at('code')}
      />
      {over ? (
        <p role="alert" className="risk">
          {t('code_over')}
        </p>
      ) : (
        <Refusal error={send.error} />
      )}
      {over ? (
        <Button fullWidth onClick={onBack}>
          {t('again')}
        </Button>
      ) : (
        <Button type="submit" loading={send.isPending} fullWidth>
          {t('do')}
        </Button>
      )}
      <Button
        variant="subtle"
        onClick={() => {
          setRecovery(!recovery);
          setCode('');
          send.reset();
        }}
      >
        {t(recovery ? 'use_code' : 'use_recovery')}
      </Button>
    </Card>
  );
}
