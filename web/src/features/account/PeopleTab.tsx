/** Who is at the account, in which role, when last seen and what they answered; who left is struck and named, a gap is an offer. */
import { useQuery } from '@tanstack/react-query';
import { Glyph } from '@/components/Health';
import { Letter, Loaded, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { isolate, wordOf } from '@/lib/words';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { peopleOf } from './queries';
import type { People, Person } from './shape';

export const nameOf = (person: Person, unnamed: string) => person.name ?? person.email ?? unnamed;

export function PeopleTab(props: TabProps) {
  const { t } = useTranslation('account');
  const people = useQuery(peopleOf(props.id, props.search.as_of));
  return (
    <Section id="people" title={t('people.title')} hint={t('people.hint')}>
      <Loaded query={people}>
        {(data) => (
          <>
            <Gaps people={data} {...props} />
            <PeopleTable {...props} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

export function PeopleTable({ id, search, active = false }: TabProps & { active?: boolean }) {
  const { t } = useTranslation('account');
  const people = useQuery(peopleOf(id, search.as_of));
  const rows = people.data?.data.filter((person) => !active || (person.events_30d ?? 0) > 0);
  const ordered = active && rows ? [...rows].sort((a, b) => (b.active_days_28d ?? 0) - (a.active_days_28d ?? 0)) : rows;
  return (
    <Rows
      label={t('people.title')}
      rows={ordered}
      rowKey={(person) => person.id}
      empty={t(active ? 'people.no_users' : 'people.none')}
      columns={[
        {
          key: 'name',
          title: t('people.name'),
          render: (person) => (
            <span className={css.person}>
              <Letter name={nameOf(person, '–')} round size={24} />
              <span className={css.personName}>
                <span className={`name ${person.left ? css.left : ''}`}>
                  <bdi>{nameOf(person, t('people.unnamed'))}</bdi>
                </span>
                {person.email && person.name && (
                  <span className="label clip">
                    <bdi className="ltr">{person.email}</bdi>
                  </span>
                )}
              </span>
            </span>
          ),
        },
        {
          key: 'role',
          title: t('people.role'),
          render: (person) => (
            <>
              <RoleWord person={person} />
              {person.title && (
                <span className={`label ${css.block}`}>
                  <bdi>{person.title}</bdi>
                </span>
              )}
            </>
          ),
        },
        {
          key: 'seen',
          title: t('people.seen'),
          render: (person) =>
            person.last_seen_on ? format.fromToday(person.last_seen_on, search.as_of) : <span className="dim">–</span>,
        },
        {
          key: 'active',
          title: t('people.active_days'),
          numeric: true,
          render: (person) => (person.active_days_28d === null ? '–' : format.int(person.active_days_28d)),
        },
        {
          key: 'answer',
          title: t('people.answer'),
          numeric: true,
          render: (person) =>
            person.nps_last !== null ? (
              <span className={person.nps_last <= 6 ? 'risk' : person.nps_last >= 9 ? 'good' : ''}>
                {t('people.nps', { n: format.int(person.nps_last) })}
              </span>
            ) : person.csat_last !== null ? (
              t('people.csat', { n: format.int(person.csat_last) })
            ) : (
              <span className="dim">–</span>
            ),
        },
      ]}
    />
  );
}

function RoleWord({ person }: { person: Person }) {
  const { t } = useTranslation('account');
  if (person.left)
    return (
      <span className={person.key_role ? 'risk' : 'dim'}>
        {person.key_role
          ? t(`people.${person.key_role}_left`, {
              day: person.left_at ? format.day(format.wall(person.left_at).day, 'brief') : '',
            })
          : t('people.gone', { day: person.left_at ? format.day(format.wall(person.left_at).day, 'brief') : '' })}
      </span>
    );
  if (person.key_role) return <b>{t(`people.${person.key_role}`)}</b>;
  return <bdi>{person.role ? wordOf('role', person.role) : ''}</bdi>;
}

/** A role that somebody left and nobody has, with the one to ask. */
export function Gaps({ people, id, mayWrite }: { people: People } & TabProps) {
  const { t } = useTranslation('account');
  const assign = async (person: Person, role: 'champion' | 'sponsor') => {
    const set = async (body: Record<string, unknown>) => {
      const record = await ask<{ version: number }>('GET', `/api/v1/contacts/${person.id}`);
      await ask('PATCH', `/api/v1/contacts/${person.id}`, { body, etag: `"${record.version}"` });
      queryClient.invalidateQueries({ queryKey: ['account', id] });
    };
    try {
      await set(role === 'champion' ? { role, champion: true } : { role });
      done(t('people.assigned', { name: nameOf(person, t('people.unnamed')), role: t(`people.${role}`) }), () =>
        set({ role: person.role, champion: false }),
      );
    } catch (error) {
      failed(error);
    }
  };
  return (
    <>
      {people.gaps.map((gap) => {
        const suggested = people.data.find((person) => person.id === gap.suggested);
        return (
          <div key={gap.role} className={css.gap}>
            <Glyph band="at_risk" />
            <span>
              {t(`people.no_${gap.role}`)}{' '}
              {suggested && t('people.suggest', { name: isolate(nameOf(suggested, t('people.unnamed'))) })}
            </span>
            {suggested && mayWrite && (
              <button type="button" className={css.gapAct} onClick={() => assign(suggested, gap.role)}>
                {t('people.assign')}
              </button>
            )}
          </div>
        );
      })}
    </>
  );
}

/** The short list beside the overview. */
export function PeopleSide(props: TabProps) {
  const { t } = useTranslation('account');
  const people = useQuery(peopleOf(props.id, props.search.as_of));
  return (
    <Section
      id="people"
      title={t('people.title')}
      aside={
        <button type="button" className={css.link} onClick={() => props.look({ tab: 'people' })}>
          {t('people.seen')}
        </button>
      }
    >
      <Loaded query={people} rows={4} row={44}>
        {(data) => {
          const goneKey = data.data.filter((person) => person.left && data.gaps.some((gap) => gap.left === person.id));
          const here = data.data.filter((person) => !person.left);
          return (
            <>
              {data.data.length === 0 && <p className="quiet">{t('people.none')}</p>}
              <ul>
                {[...goneKey, ...here].slice(0, 5).map((person) => (
                  <li key={person.id} className={css.sidePerson}>
                    <Letter name={nameOf(person, '–')} round size={28} />
                    <span className={css.personName}>
                      <span className={`name clip ${person.left ? css.left : ''}`}>
                        <bdi>{nameOf(person, t('people.unnamed'))}</bdi>
                      </span>
                      <span className="label clip">
                        <RoleWord person={person} />
                        {!person.left && person.title && (
                          <>
                            {' · '}
                            <bdi>{person.title}</bdi>
                          </>
                        )}
                      </span>
                    </span>
                    <span className="label">
                      {person.left && person.left_at
                        ? format.fromToday(format.wall(person.left_at).day, props.search.as_of)
                        : person.last_seen_on
                          ? format.fromToday(person.last_seen_on, props.search.as_of)
                          : '–'}
                    </span>
                  </li>
                ))}
              </ul>
              <Gaps people={data} {...props} />
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}
