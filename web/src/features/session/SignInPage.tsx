import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { ask, Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { remembered } from '@/lib/me';
import css from './SignInPage.module.css';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { t } = useTranslation('session');
  const { next } = route.useSearch();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => ask<{ needed: boolean }>('GET', '/api/v1/setup') });
  useEffect(() => {
    if (setup.data?.needed) location.replace('/setup');
  }, [setup.data]);
  // The page starts anew as the person who signed in: their language, calendar and digits.
  const signIn = useMutation({
    mutationFn: () => ask('POST', '/api/v1/session', { body: { email, password } }),
    onSuccess: () => location.assign(next ?? '/'),
  });
  const problem = signIn.error instanceof Problem ? signIn.error : null;
  const other = document.documentElement.lang === 'fa' ? 'en' : 'fa';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <main className={css.page}>
      <form className={css.card} onSubmit={submit} noValidate>
        <img src="/mark.svg" alt="" width={36} height={36} />
        <h1>{t('title')}</h1>
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
        {problem && (
          <p role="alert" className="risk">
            {problem.status === 0 ? t('common:error.offline') : problem.message} {problem.detail}
          </p>
        )}
        <Button type="submit" loading={signIn.isPending} fullWidth>
          {t('do')}
        </Button>
        <p className="label">{t('lost')}</p>
        <button
          type="button"
          lang={other}
          className={css.language}
          onClick={() => {
            remembered.keep('language', other);
            location.reload();
          }}
        >
          {other === 'fa' ? 'فارسی' : 'English'}
        </button>
      </form>
    </main>
  );
}
