/** Who works here: roles and scopes, invitations by link, and the way back in for whoever has lost something. */
import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Copy } from '@/components/Copy';
import { ErrorNote, Kbd, Letter, Loaded, PageHead } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows, Table } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import css from './admin.module.css';

interface Member {
  id: string;
  name: string;
  email: string;
  role: string;
  scope: string;
  team: string | null;
  language: string | null;
  disabled: boolean;
  has_password: boolean;
  second_factor: boolean;
  version: number;
}
interface Link {
  member: string;
  path: string;
  valid_minutes: number;
}
const route = getRouteApi('/shell/admin/people');
const ROLES = ['viewer', 'csm', 'manager', 'admin'] as const;
const SCOPES = ['own', 'team', 'all'] as const;
const refresh = () => queryClient.invalidateQueries({ queryKey: ['members'] });

export function PeoplePage() {
  const { t } = useTranslation('admin');
  const me = useMe();
  const { edit } = route.useSearch();
  const go = route.useNavigate();
  const mayWrite = mayRole(me, 'admin');
  const open = (id: string | undefined) => go({ search: { edit: id } });
  const list = useQuery({
    queryKey: ['members'],
    queryFn: () => ask<Page<Member>>('GET', '/api/v1/members', { query: { limit: 500 } }),
  });
  const members = list.data?.data ?? [];
  useKeys({ KeyN: mayWrite ? () => open('new') : undefined });
  return (
    <>
      <PageHead title={t('people.title')}>
        {mayWrite && (
          <Button leftSection={<IconPlus size={15} />} rightSection={<Kbd>N</Kbd>} onClick={() => open('new')}>
            {t('people.add')}
          </Button>
        )}
      </PageHead>
      <Loaded query={list}>
        {() => (
          <Table
            label={t('people.title')}
            rows={members}
            rowKey={(member) => member.id}
            rowHeight={44}
            onOpen={mayWrite ? (member) => open(member.id) : undefined}
            columns={[
              {
                key: 'name',
                title: t('people.name'),
                width: 'minmax(180px, 1.4fr)',
                render: (member) => (
                  <span className={css.person}>
                    <Letter name={member.name} round />
                    <bdi className={`name clip ${member.disabled ? 'dim' : ''}`}>{member.name}</bdi>
                  </span>
                ),
              },
              {
                key: 'email',
                title: t('people.email'),
                width: 'minmax(170px, 1.4fr)',
                render: (member) => <bdi>{member.email}</bdi>,
              },
              { key: 'role', title: t('people.role'), width: '130px', render: (member) => t(`role.${member.role}`) },
              { key: 'scope', title: t('people.scope'), width: '150px', render: (member) => t(`scope.${member.scope}`) },
              { key: 'team', title: t('people.team'), width: '120px', render: (member) => <bdi>{member.team ?? '–'}</bdi> },
              {
                key: 'state',
                title: t('people.state'),
                width: 'minmax(150px, 1fr)',
                render: (member) => t(`state.${stateOf(member)}`),
              },
            ]}
          />
        )}
      </Loaded>
      <SideDrawer
        opened={edit !== undefined}
        onClose={() => open(undefined)}
        title={t(edit === 'new' ? 'people.add' : 'people.edit')}
      >
        {edit !== undefined && list.data && (
          <MemberForm key={edit} member={members.find((one) => one.id === edit)} self={edit === me.member?.id} />
        )}
      </SideDrawer>
    </>
  );
}

const stateOf = (member: Member) =>
  member.disabled ? 'disabled' : !member.has_password ? 'invited' : member.second_factor ? 'factor' : 'active';

function MemberForm({ member, self }: { member?: Member; self: boolean }) {
  const { t } = useTranslation('admin');
  const [draft, setDraft] = useState({
    name: member?.name ?? '',
    email: member?.email ?? '',
    role: member?.role ?? 'csm',
    scope: member?.scope ?? 'own',
    team: member?.team ?? '',
    language: member?.language ?? '',
    disabled: member?.disabled ?? false,
  });
  const [made, setMade] = useState<{ member: Member; link: Link } | null>(null);
  const save = useMutation({
    mutationFn: async () => {
      const body = { ...draft, team: draft.team || null, language: draft.language || null };
      if (member)
        return { saved: await ask<Member>('PATCH', `/api/v1/members/${member.id}`, { body, etag: `"${member.version}"` }) };
      const saved = await ask<Member>('POST', '/api/v1/members', { body });
      return { saved, link: await ask<Link>('POST', `/api/v1/members/${saved.id}/reset`) };
    },
    onSuccess: ({ saved, link }) => {
      refresh();
      if (link) setMade({ member: saved, link });
      done(t(link ? 'people.added' : 'people.saved', { name: saved.name }));
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  if (made) return <LinkNote link={made.link} />;
  return (
    <>
      <form className={css.form} onSubmit={submit} noValidate>
        <TextInput
          label={t('people.name')}
          data-autofocus
          value={draft.name}
          error={problem?.at('name')}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
        />
        <TextInput
          label={t('people.email')}
          dir="ltr"
          type="email"
          value={draft.email}
          error={problem?.at('email')}
          onChange={(event) => setDraft({ ...draft, email: event.currentTarget.value })}
        />
        <Select
          label={t('people.role')}
          description={t(`role_help.${draft.role}`)}
          data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          value={draft.role}
          error={problem?.at('role')}
          onChange={(role) => role && setDraft({ ...draft, role, scope: role === 'csm' ? draft.scope : 'all' })}
        />
        <Select
          label={t('people.scope')}
          description={t(`scope_help.${draft.scope}`)}
          data={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))}
          value={draft.scope}
          error={problem?.at('scope')}
          onChange={(scope) => scope && setDraft({ ...draft, scope })}
        />
        <TextInput
          label={t('people.team')}
          value={draft.team}
          error={problem?.at('team')}
          onChange={(event) => setDraft({ ...draft, team: event.currentTarget.value })}
        />
        <Select
          label={t('people.language')}
          data={[
            { value: '', label: t('people.language_organisation') },
            { value: 'en', label: 'English' },
            { value: 'fa', label: 'فارسی' },
          ]}
          value={draft.language}
          onChange={(language) => setDraft({ ...draft, language: language ?? '' })}
        />
        {member && !self && (
          <Checkbox
            label={t('people.disabled')}
            description={t('people.disabled_help')}
            checked={draft.disabled}
            onChange={(event) => setDraft({ ...draft, disabled: event.currentTarget.checked })}
          />
        )}
        {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
        <div>
          <Button type="submit" loading={save.isPending}>
            {t(member ? 'common:save' : 'people.invite')}
          </Button>
        </div>
      </form>
      {member && <Access member={member} />}
    </>
  );
}

function LinkNote({ link }: { link: Link }) {
  const { t } = useTranslation('admin');
  return (
    <div className={css.form}>
      <p className="quiet">{t('people.link_text', { name: link.member, minutes: format.int(link.valid_minutes) })}</p>
      <Copy label={t('people.link')} text={location.origin + link.path} />
    </div>
  );
}

interface SessionRow {
  id: string;
  device: string;
  seen_at: string;
  peer: string;
}

/** Links, factor and sessions of a colleague. */
function Access({ member }: { member: Member }) {
  const { t } = useTranslation('admin');
  const sessions = useQuery({
    queryKey: ['members', member.id, 'sessions'],
    queryFn: () => ask<Page<SessionRow>>('GET', `/api/v1/members/${member.id}/sessions`, { query: { limit: 100 } }),
  });
  const link = useMutation({ mutationFn: () => ask<Link>('POST', `/api/v1/members/${member.id}/reset`), onError: failed });
  const act = useMutation({
    mutationFn: (what: 'sessions' | 'second-factor') => ask('DELETE', `/api/v1/members/${member.id}/${what}`),
    onSuccess: (_, what) => {
      refresh();
      done(t(what === 'sessions' ? 'people.sessions_ended' : 'people.factor_removed', { name: member.name }));
    },
    onError: failed,
  });
  return (
    <section className={css.access} aria-label={t('people.access')}>
      <h2>{t('people.access')}</h2>
      {link.data ? (
        <LinkNote link={link.data} />
      ) : (
        <Button variant="default" loading={link.isPending} onClick={() => link.mutate()}>
          {t(member.has_password ? 'people.make_link' : 'people.make_invitation')}
        </Button>
      )}
      {member.second_factor && (
        <Button variant="default" onClick={() => act.mutate('second-factor')}>
          {t('people.remove_factor')}
        </Button>
      )}
      <Rows
        label={t('people.sessions')}
        rows={sessions.data?.data}
        rowKey={(row) => row.id}
        columns={[
          { key: 'device', title: t('people.sessions'), render: (row) => <bdi>{row.device}</bdi> },
          { key: 'peer', title: t('people.from'), render: (row) => <code>{row.peer}</code> },
          { key: 'seen', title: t('people.seen'), render: (row) => format.ago(row.seen_at) },
        ]}
        empty={t('people.no_sessions')}
      />
      {(sessions.data?.data.length ?? 0) > 0 && (
        <Button variant="subtle" color="red" onClick={() => act.mutate('sessions')}>
          {t('people.end_sessions')}
        </Button>
      )}
    </section>
  );
}
