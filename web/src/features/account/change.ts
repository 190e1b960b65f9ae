/** Changes one field of an account: seen at once, taken back with Z, put right again where the server refuses. */
import { done, failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { t } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import type { Account, Overview } from './shape';

export async function changeAccount(
  overview: Overview,
  field: 'owner' | 'stage' | 'status' | 'tags',
  before: string | string[] | null,
  after: string | string[] | null,
  title: string,
  more: { shown?: Partial<Overview>; undoing?: boolean } = {},
) {
  const place = ['account', overview.id];
  const key = [...place, 'overview', undefined];
  const was = queryClient.getQueryData<Overview>(key);
  await queryClient.cancelQueries({ queryKey: key });
  if (was) queryClient.setQueryData<Overview>(key, { ...was, [field]: after, ...more.shown });
  try {
    const record = await ask<Account>('GET', `/api/v1/accounts/${overview.id}`);
    await ask('PATCH', `/api/v1/accounts/${overview.id}`, { body: { [field]: after }, etag: `"${record.version}"` });
    const shown = { owner_name: was?.owner_name ?? null };
    if (!more.undoing)
      done(t('account:changed', { field: title, name: overview.name }), () =>
        changeAccount(overview, field, after, before, title, { undoing: true, shown: field === 'owner' ? shown : {} }),
      );
  } catch (error) {
    if (was) queryClient.setQueryData(key, was);
    failed(error);
  }
  queryClient.invalidateQueries({ queryKey: place });
  queryClient.invalidateQueries({ queryKey: ['home'] });
  queryClient.invalidateQueries({ queryKey: ['accounts'] });
}
