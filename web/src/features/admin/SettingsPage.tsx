/** What the organisation chooses, by subject; the workings of the machine are folded away below. */
import { Button, MultiSelect, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { NumberField } from '@/components/NumberField';
import { Loaded, PageHead, Section } from '@/components/Page';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import css from './admin.module.css';

interface Setting {
  key: string;
  value: string;
  default: string;
  title: string;
  group: string;
  type: 'int' | 'text' | 'choice' | 'days' | 'zone' | 'currency';
  min?: number;
  max?: number;
  options?: string[];
}
interface Settings {
  data: Setting[];
  groups: { key: string; title: string; help: string }[];
}
const MACHINE = new Set(['accounts', 'properties', 'ingest', 'import', 'http', 'journal', 'events', 'backup']);
/** Named on the server's machine only. */
const LOCAL = new Set(['backup.folder']);

export function SettingsPage() {
  const { t } = useTranslation('admin');
  const me = useMe();
  const mayWrite = mayRole(me, 'admin');
  const [changes, setChanges] = useState<Record<string, string>>({});
  const list = useQuery({ queryKey: ['settings'], queryFn: () => ask<Settings>('GET', '/api/v1/settings') });
  const n = Object.keys(changes).length;
  const save = useMutation({
    mutationFn: (values: Record<string, string | null>) => ask<Settings>('PATCH', '/api/v1/settings', { body: values }),
    onSuccess: (saved, sent) => {
      const before = Object.fromEntries(
        (list.data?.data ?? []).filter((one) => one.key in sent).map((one) => [one.key, one.value]),
      );
      queryClient.setQueryData(['settings'], saved);
      queryClient.invalidateQueries({ queryKey: ['me'] });
      setChanges({});
      done(t('settings.saved'), () => save.mutateAsync(before));
    },
    onError: (error) => (error instanceof Problem && error.errors.length ? null : failed(error)),
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const change = (setting: Setting) => (value: string) =>
    setChanges((before) => {
      const { [setting.key]: _, ...rest } = before;
      return value === setting.value ? rest : { ...rest, [setting.key]: value };
    });
  const fields = (settings: Setting[]) => (
    <div className={css.settings}>
      {settings.map((setting) => (
        <Field
          key={setting.key}
          setting={setting}
          value={changes[setting.key] ?? setting.value}
          onChange={change(setting)}
          error={problem?.at(setting.key)}
          locked={!mayWrite || LOCAL.has(setting.key)}
        />
      ))}
    </div>
  );
  return (
    <>
      <PageHead title={t('settings.title')}>
        {n > 0 && (
          <>
            <Button variant="subtle" color="gray" onClick={() => setChanges({})}>
              {t('common:cancel')}
            </Button>
            <Button loading={save.isPending} onClick={() => save.mutate(changes)}>
              {t('settings.save', { n: format.int(n) })}
            </Button>
          </>
        )}
      </PageHead>
      <Loaded query={list} row={60}>
        {({ data, groups }) => (
          <>
            {groups
              .filter((group) => !MACHINE.has(group.key))
              .map((group) => (
                <Section key={group.key} title={group.title} hint={group.help} id={group.key}>
                  {fields(data.filter((one) => one.group === group.key))}
                </Section>
              ))}
            <Section>
              <details>
                <summary>{t('settings.machine')}</summary>
                {groups
                  .filter((group) => MACHINE.has(group.key))
                  .map((group) => (
                    <div key={group.key} className={css.folded}>
                      <h2>{group.title}</h2>
                      <p className="label">{group.help}</p>
                      {fields(data.filter((one) => one.group === group.key))}
                    </div>
                  ))}
              </details>
            </Section>
          </>
        )}
      </Loaded>
    </>
  );
}

function Field({
  setting,
  value,
  onChange,
  error,
  locked,
}: {
  setting: Setting;
  value: string;
  onChange: (value: string) => void;
  error?: string;
  locked: boolean;
}) {
  const { t } = useTranslation('admin');
  const say = (option: string) => t(`option.${option}`, { defaultValue: option });
  const shared = { label: setting.title, error, disabled: locked, classNames: { root: css.setting } };
  const options = setting.options?.map((option) => ({ value: option, label: say(option) })) ?? [];
  if (setting.type === 'choice')
    return <Select {...shared} data={options} value={value} onChange={(one) => one && onChange(one)} />;
  if (setting.type === 'days')
    return (
      <MultiSelect
        {...shared}
        data={options}
        value={value ? value.split(',') : []}
        onChange={(days) => onChange(days.join(','))}
      />
    );
  if (setting.type === 'zone' || setting.type === 'currency') {
    const known = Intl.supportedValuesOf(setting.type === 'zone' ? 'timeZone' : 'currency');
    const data = known.includes(value) ? known : [value, ...known];
    return <Select {...shared} searchable data={data} value={value} onChange={(one) => one && onChange(one)} />;
  }
  if (setting.type === 'int')
    return (
      <NumberField
        {...shared}
        min={setting.min}
        max={setting.max}
        description={t('settings.usual', { value: format.int(Number(setting.default)) })}
        value={value === '' ? null : Number(value)}
        onChange={(number) => onChange(number === null ? '' : String(number))}
      />
    );
  return <TextInput {...shared} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
