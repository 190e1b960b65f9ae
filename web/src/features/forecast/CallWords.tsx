/** What the newest call says: its kind, its amount, its chance. */
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { isOpen, type Line } from './api';

export function CallWords({ line }: { line: Line }) {
  const { t } = useTranslation('forecast');
  if (!line.call) return <span className="dim">{isOpen(line) ? t('no_call') : ''}</span>;
  const { call, amount, chance } = line.call;
  return (
    <>
      {t(`call.${call}`)}
      {amount !== null && amount !== undefined && <> {format.amount(amount, line.currency)}</>}
      {chance !== null && chance !== undefined && <span className="quiet"> {format.percent(chance / 100, 0)}</span>}
    </>
  );
}
