/** What one account could have and does not: products that its peers own, features that it may use, seats where nobody sits. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Loaded, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { growthOf, peersKey } from './api';
import { PeersDrawer } from './PeersDrawer';
import { roomColumns } from './Rooms';

export function AccountGrowth({ id }: { id: string }) {
  const { t } = useTranslation('growth');
  const query = useQuery(growthOf(id));
  const [open, setOpen] = useState<string>();
  return (
    <Section
      id="growth"
      title={t('title')}
      hint={query.data && t('list_hint', { days: format.days(query.data.days) })}
      aside={
        <Link to="/insight/growth" className="label">
          {t('all_accounts')}
        </Link>
      }
    >
      <Loaded query={query} rows={4}>
        {(growth) => (
          <>
            <Rows
              label={t('title')}
              rows={growth.data}
              rowKey={(row) => peersKey(id, row)}
              empty={t(!growth.customer ? 'account_none' : growth.judged ? 'account_full' : 'account_nothing')}
              columns={roomColumns(t, growth.currency, growth.products, (row) => setOpen(peersKey(id, row)))}
            />
            {growth.note && <p className="dim">{growth.note}</p>}
          </>
        )}
      </Loaded>
      <PeersDrawer open={open} onClose={() => setOpen(undefined)} />
    </Section>
  );
}
