/** The head of an account: health and how fresh it is, revenue and seats, renewal, chance to leave, owner and last contact. */
import { Menu, Popover, TagsInput, TextInput, Tooltip } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { bandOf, HealthPill, Trend } from '@/components/Health';
import { Letter } from '@/components/Page';
import { useFactValues } from '@/components/rule';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { wordOf } from '@/lib/words';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { changeAccount } from './change';
import { accountOf, membersList } from './queries';

/** What parts one tag from the next, as one types and in what is pasted. */
const tagMarks = [',', '،', ';', '؛'];
const oneByOne = (text: string) =>
  text
    .split(/[,،;؛]/)
    .map((tag) => tag.trim())
    .filter(Boolean);
const stages = ['onboarding', 'adopting', 'renewing'];
const statuses = ['prospect', 'live', 'leaving', 'lost'] as const;

export function Head({ overview, look, mayWrite }: TabProps) {
  const { t } = useTranslation('account');
  const { currency } = overview;
  const money = (minor: number | null) => (minor === null ? null : format.amount(minor, currency ?? ''));
  const why = (field: string) => overview.causes[field];
  const odds = overview.odds?.band ?? overview.odds?.bin ?? null;
  return (
    <div className={css.head}>
      <div className={css.who}>
        <Letter name={overview.name} size={44} />
        <div>
          <div className={css.name}>
            <bdi>{overview.name}</bdi>
          </div>
          <div className={css.facts}>
            {(overview.status === 'leaving' || overview.status === 'lost') && (
              <b className="risk">{t(`status.${overview.status}`)}</b>
            )}
            <Editable
              may={mayWrite}
              label={t('edit.stage')}
              value={overview.stage ?? t('no_stage')}
              options={stages.map((stage) => ({ value: stage, label: wordOf('stage', stage) }))}
              shown={overview.stage ? wordOf('stage', overview.stage) : t('no_stage')}
              onChoose={(stage) => changeAccount(overview, 'stage', overview.stage, stage, t('edit.stage'))}
              free
            />
            {overview.touch_title && <bdi className={css.chip}>{overview.touch_title}</bdi>}
            {overview.segment && <bdi className={css.chip}>{wordOf('segment', overview.segment)}</bdi>}
            {mayWrite && (
              <Editable
                may
                label={t('edit.status')}
                value={overview.status ?? 'live'}
                shown={t(`status.${overview.status ?? 'live'}`)}
                options={statuses.map((status) => ({ value: status, label: t(`status.${status}`) }))}
                onChoose={(status) => changeAccount(overview, 'status', overview.status, status, t('edit.status'))}
              />
            )}
            <Tags overview={overview} may={mayWrite} />
            {overview.starts_on && <span className="label">{t('since', { day: format.day(overview.starts_on, 'month') })}</span>}
          </div>
        </div>
      </div>
      <dl className={css.figures}>
        <Item
          label={t('head.health')}
          value={
            <button type="button" className={css.door} onClick={() => look({ tab: 'health' })}>
              <HealthPill score={overview.score} band={bandOf(overview.band)} /> <Trend change={overview.change_28d} />
            </button>
          }
          note={overview.coverage === null ? undefined : t('head.fresh', { share: format.percent(overview.coverage) })}
        />
        <Item
          label={t('head.arr')}
          value={
            <button type="button" className={css.door} onClick={() => look({ tab: 'subscriptions' })}>
              {money(overview.arr) ?? <Unknown why={why('arr')} />}
            </button>
          }
          note={
            overview.seats === null
              ? undefined
              : t('head.seats', {
                  used: overview.active_users_28d === null ? '–' : format.int(overview.active_users_28d),
                  count: overview.seats,
                  n: format.int(overview.seats),
                })
          }
        />
        <Item
          label={t('head.renews')}
          value={
            <button type="button" className={css.door} onClick={() => look({ tab: 'subscriptions' })}>
              {overview.renews_on ? format.day(overview.renews_on, 'brief') : <Unknown why={why('renews_on')} />}
            </button>
          }
          note={
            overview.renews_on &&
            (overview.notice_on && overview.notice_on >= overview.as_of
              ? t('head.notice', { day: format.day(overview.notice_on, 'brief') })
              : format.fromToday(overview.renews_on, overview.as_of))
          }
        />
        <Item
          label={odds ? t('head.chance', { days: format.days(odds.days) }) : t('head.chance_plain')}
          value={
            odds && odds.rate !== null ? (
              t('head.of_100', { n: format.int(Math.round(odds.rate * 100)) })
            ) : (
              <Tooltip label={overview.odds?.text ?? ''} multiline maw={280}>
                <span className="dim">{t('head.no_chance')}</span>
              </Tooltip>
            )
          }
          note={
            odds && odds.low !== null && odds.high !== null
              ? t('head.between', { low: format.int(Math.round(odds.low * 100)), high: format.int(Math.round(odds.high * 100)) })
              : undefined
          }
        />
        <Item
          label={t('head.owner')}
          value={<Owner overview={overview} may={mayWrite} />}
          note={
            overview.last_contact_on
              ? t('head.spoke', { when: format.fromToday(overview.last_contact_on, overview.as_of) })
              : t('head.never_spoke')
          }
        />
      </dl>
    </div>
  );
}

function Item({ label, value, note }: { label: ReactNode; value: ReactNode; note?: ReactNode }) {
  return (
    <div>
      <dt className="label">{label}</dt>
      <dd className={css.value}>{value}</dd>
      {note && <dd className={css.note}>{note}</dd>}
    </div>
  );
}

/** Not known is a state of its own, with its reason. */
export function Unknown({ why }: { why?: string }) {
  const { t } = useTranslation('account');
  return (
    <span className="dim" title={why}>
      {t('common:unknown')}
    </span>
  );
}

function Owner({ overview, may }: { overview: TabProps['overview']; may: boolean }) {
  const { t } = useTranslation('account');
  const [open, setOpen] = useState(false);
  const members = useQuery({ ...membersList, enabled: open });
  const shown = overview.owner_name ? (
    <span className={css.owner}>
      <Letter name={overview.owner_name} round size={20} />
      <bdi className="clip">{overview.owner_name}</bdi>
    </span>
  ) : (
    <span className="dim">{t('nobody')}</span>
  );
  if (!may) return shown;
  const choose = (id: string | null, name: string | null) => {
    setOpen(false);
    changeAccount(overview, 'owner', overview.owner, id, t('edit.owner'), { shown: { owner_name: name } });
  };
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" keepMounted={false}>
      <Menu.Target>
        <button type="button" className={css.edit}>
          {shown} <span className="sr">{t('edit.change')}</span> <IconPencil size={13} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={css.menu}>
        {members.data?.data
          .filter((member) => !member.disabled)
          .map((member) => (
            <Menu.Item key={member.id} onClick={() => choose(member.id, member.name)}>
              <bdi>{member.name}</bdi>
            </Menu.Item>
          ))}
        <Menu.Item onClick={() => choose(null, null)}>{t('nobody')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** What the team calls it; a click opens them for change. */
function Tags({ overview, may }: { overview: TabProps['overview']; may: boolean }) {
  const { t } = useTranslation('account');
  const record = useQuery(accountOf(overview.id));
  const [draft, setDraft] = useState<string[] | null>(null);
  const tags = record.data?.tags ?? [];
  const known = useFactValues('tags', draft !== null);
  const close = () => {
    if (draft && draft.join('\n') !== tags.join('\n')) changeAccount(overview, 'tags', tags, draft, t('edit.tags'));
    setDraft(null);
  };
  return (
    <>
      {tags.map((tag) => (
        <bdi key={tag} className={css.chip}>
          {tag}
        </bdi>
      ))}
      {may && record.data && (
        <Popover
          opened={draft !== null}
          onChange={(opened) => (opened ? setDraft(tags) : close())}
          position="bottom-start"
          width={280}
          trapFocus
        >
          <Popover.Target>
            <button type="button" className={css.chipButton} onClick={() => (draft ? close() : setDraft(tags))}>
              {tags.length ? <IconPencil size={13} aria-hidden="true" /> : '+ '}
              <span className={tags.length ? 'sr' : undefined}>{t('edit.tags')}</span>
            </button>
          </Popover.Target>
          <Popover.Dropdown>
            <TagsInput
              label={t('edit.tags')}
              data={known.data?.map((one) => one.value).filter((one) => !draft?.includes(one))}
              splitChars={tagMarks}
              value={draft ?? []}
              onChange={(next) => setDraft([...new Set(next.flatMap(oneByOne))])}
              comboboxProps={{ withinPortal: false }}
            />
          </Popover.Dropdown>
        </Popover>
      )}
    </>
  );
}

/** A value that becomes a choice when one clicks it; `free`: or any word. */
function Editable({
  may,
  label,
  value,
  shown,
  options,
  onChoose,
  free = false,
}: {
  may: boolean;
  label: string;
  value: string;
  shown: string;
  options: { value: string; label: string }[];
  onChoose: (value: string) => void;
  free?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  if (!may) return <bdi className={css.chip}>{shown}</bdi>;
  const choose = (next: string) => {
    setOpen(false);
    if (next && next !== value) onChoose(next);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus>
      <Popover.Target>
        <button type="button" className={css.chipButton} title={label} onClick={() => setOpen(!open)}>
          <bdi>{shown}</bdi>
        </button>
      </Popover.Target>
      <Popover.Dropdown p={6}>
        <ul className={css.choices}>
          {options.map((option) => (
            <li key={option.value}>
              <button type="button" aria-pressed={option.value === value} onClick={() => choose(option.value)}>
                <bdi>{option.label}</bdi>
              </button>
            </li>
          ))}
        </ul>
        {free && (
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              choose(text.trim());
            }}
          >
            <TextInput size="xs" aria-label={label} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          </form>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
