/** The first step of an import: which rows, which file. Sending it checks it; nothing is stored yet. */
import { Button, TextInput } from '@mantine/core';
import { IconFileSpreadsheet, IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type DragEvent, useRef, useState } from 'react';
import { ErrorNote, PageHead } from '@/components/Page';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { kindNames, kindsQuery, upload } from './data';
import css from './Import.module.css';
import { Steps } from './Steps';

const route = getRouteApi('/shell/data/imports/new');

export function NewImportPage() {
  const { t } = useTranslation('imports');
  const { kind = 'accounts' } = route.useSearch();
  const change = route.useNavigate();
  const go = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const [source, setSource] = useState('');
  const kinds = useQuery(kindsQuery);
  const fields = kinds.data?.data.find((one) => one.kind === kind)?.fields ?? [];
  const send = useMutation({
    mutationFn: (chosen: File) => upload(kind, chosen, { source: source.trim() || undefined }),
    onSuccess: (made) => {
      queryClient.setQueryData(['imports', made.id], made);
      go({ to: '/data/imports/$id', params: { id: made.id } });
    },
  });
  const take = (files: FileList | null | undefined) => {
    const one = files?.[0];
    if (one) setFile(one);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <>
      <PageHead title={t('new_title')} crumbs={[{ to: '/data/imports', label: t('title') }]}>
        <Steps at={0} />
      </PageHead>
      <div className={css.new}>
        <fieldset className={css.kinds}>
          <legend>{t('what')}</legend>
          {kindNames.map((one) => (
            <label key={one} className={css.kind} data-on={one === kind || undefined}>
              <input
                type="radio"
                name="kind"
                value={one}
                checked={one === kind}
                onChange={() => change({ search: { kind: one }, replace: true })}
              />
              <span className="name">{t(`kinds.${one}`)}</span>
              <span className="label">{t(`kind_text.${one}`)}</span>
            </label>
          ))}
        </fieldset>
        <div className={css.sending}>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the button inside does the same by keyboard */}
          <div
            className={css.drop}
            data-over={over || undefined}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
          >
            {file ? (
              <>
                <IconFileSpreadsheet size={26} aria-hidden="true" className="dim" />
                <bdi className="name">{file.name}</bdi>
                <span className="label">{t('size', { size: format.compact(file.size) })}</span>
                <Button variant="default" onClick={() => input.current?.click()}>
                  {t('other_file')}
                </Button>
              </>
            ) : (
              <>
                <IconUpload size={26} aria-hidden="true" className="dim" />
                <span>{t('drop')}</span>
                <Button variant="default" onClick={() => input.current?.click()}>
                  {t('choose')}
                </Button>
                <span className="label">{t('formats')}</span>
              </>
            )}
            <input
              ref={input}
              type="file"
              className="sr"
              tabIndex={-1}
              aria-label={t('file')}
              accept=".csv,.tsv,.txt,.gz,text/csv"
              onChange={(event) => take(event.currentTarget.files)}
            />
          </div>
          {fields.length > 0 && (
            <details className={css.columns}>
              <summary>{t('columns_of', { kind: t(`kinds.${kind}`), n: format.int(fields.length) })}</summary>
              <ul>
                {fields.map((field) => (
                  <li key={field.name}>
                    <code>{field.name}</code> <bdi>{field.title}</bdi>{' '}
                    {field.required && <span className="dim">{t('needed')}</span>}
                  </li>
                ))}
              </ul>
            </details>
          )}
          <TextInput
            label={t('source')}
            description={t('source_help')}
            placeholder="import"
            dir="ltr"
            value={source}
            onChange={(event) => setSource(event.currentTarget.value)}
          />
          {send.error && <ErrorNote error={send.error} />}
          <div className={css.actions}>
            <Button loading={send.isPending} onClick={() => (file ? send.mutate(file) : input.current?.click())}>
              {file ? t('check') : t('choose_first')}
            </Button>
            <span className="quiet">{t('nothing_stored')}</span>
          </div>
        </div>
      </div>
    </>
  );
}
