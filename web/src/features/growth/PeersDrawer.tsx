/** The peers behind a number: who has it and who not, as far as the reader may see them. */
import { useQuery } from '@tanstack/react-query';
import { AccountLink } from '@/components/AccountLink';
import { Loaded } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows } from '@/components/Table';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { peersOf } from './api';

export function PeersDrawer({ open, onClose }: { open?: string; onClose: () => void }) {
  const { t } = useTranslation('growth');
  const query = useQuery(peersOf(open));
  return (
    <SideDrawer opened={open !== undefined} onClose={onClose} title={t('peers.drawer')}>
      <Loaded query={query} rows={8}>
        {(peers) => (
          <>
            <p>
              {t('peers.have', { n: format.int(peers.peers_have), of: format.int(peers.peers) })}{' '}
              {peers.circle && <span className="quiet">{t(`circle.${peers.circle}`)}</span>}
            </p>
            <Rows
              label={t('peers.drawer')}
              rows={peers.data.toSorted((a, b) => Number(b.has) - Number(a.has) || (b.paid ?? 0) - (a.paid ?? 0))}
              rowKey={(row) => row.id}
              empty={t('peers.none_seen')}
              columns={[
                { key: 'name', title: t('insight:account'), render: (row) => <AccountLink id={row.id} name={row.name} /> },
                { key: 'has', title: t('peers.has'), render: (row) => t(row.has ? 'yes' : 'no') },
                {
                  key: 'paid',
                  title: t('peers.paid'),
                  numeric: true,
                  render: (row) => (row.paid === null ? '–' : format.amount(Math.round(row.paid), peers.currency)),
                },
              ]}
            />
            {peers.hidden > 0 && <p className="dim">{t('peers.hidden', { count: peers.hidden, n: format.int(peers.hidden) })}</p>}
          </>
        )}
      </Loaded>
    </SideDrawer>
  );
}
