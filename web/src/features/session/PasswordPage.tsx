/** Behind an invitation or a link for a new password: one chooses it and signs in. */
import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { Card, Refusal, useToken } from './Card';

export function PasswordPage() {
  const { t } = useTranslation('session');
  const token = useToken();
  const [password, setPassword] = useState('');
  const save = useMutation({ mutationFn: () => ask('POST', '/api/v1/password', { body: { token, password } }) });
  const problem = save.error instanceof Problem ? save.error : null;
  if (save.isSuccess)
    return (
      <Card title={t('password_done')} lead={t('password_done_lead')}>
        <Button component="a" href="/sign-in" fullWidth>
          {t('do')}
        </Button>
      </Card>
    );
  if (!token || problem?.code === 'token_used')
    return (
      <Card title={t('link_over')} lead={t('link_over_lead')}>
        <Button component="a" href="/sign-in" variant="default" fullWidth>
          {t('to_sign_in')}
        </Button>
      </Card>
    );
  return (
    <Card title={t('password_title')} lead={t('password_lead')} onSubmit={() => save.mutate()}>
      <PasswordInput
        label={t('password_new')}
        dir="ltr"
        autoComplete="new-password"
        autoFocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={problem?.at('password')}
        visibilityToggleButtonProps={{ 'aria-label': t('show') }}
      />
      <Refusal error={save.error} />
      <Button type="submit" loading={save.isPending} fullWidth>
        {t('password_save')}
      </Button>
    </Card>
  );
}
