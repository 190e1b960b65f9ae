import { expect, test } from 'vitest';
import { places } from './places';

const files = import.meta.glob<Record<string, unknown>>('../i18n/*/*.json', { import: 'default', eager: true });

const flat = (messages: unknown, prefix = ''): [string, string][] =>
  typeof messages === 'string'
    ? [[prefix, messages]]
    : Object.entries(messages as Record<string, unknown>).flatMap(([key, value]) =>
        flat(value, prefix ? `${prefix}.${key}` : key),
      );
const namespaces = (language: string) =>
  Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => path.includes(`/${language}/`))
      .map(([path, messages]) => [path.split('/').at(-1)!, new Map(flat(messages))]),
  );
const en = namespaces('en');
const fa = namespaces('fa');
const holes = (text: string) => [...text.matchAll(/\{\{\s*([\w.]+)[^}]*\}\}/g)].map((match) => match[1]).sort();

test('both languages have the same messages with the same holes', () => {
  expect(Object.keys(fa).sort()).toEqual(Object.keys(en).sort());
  for (const [name, messages] of Object.entries(en)) {
    expect([...fa[name]!.keys()].sort(), name).toEqual([...messages.keys()].sort());
    for (const [key, text] of messages)
      expect([...new Set(holes(fa[name]!.get(key)!))], `${name} ${key}`).toEqual([...new Set(holes(text))]);
  }
});

test('Persian is Persian: no Arabic letters or Latin digits, and words where English has words', () => {
  for (const [name, messages] of Object.entries(fa))
    for (const [key, text] of messages) {
      const words = text.replace(/\{\{[^}]*\}\}/g, '').replace(/`[^`]*`/g, '');
      expect(words, `${name} ${key}`).not.toMatch(/[يك]|[0-9]/);
      if (/[a-z]{4}/.test(en[name]!.get(key)!.replace(/\{\{[^}]*\}\}|`[^`]*`/g, '')) && !/^[A-Za-z0-9 .:/+-]+$/.test(words))
        expect(words, `${name} ${key}`).toMatch(/[\u0600-\u06ff]/);
    }
});

const sources = import.meta.glob<string>(['../**/*.tsx', '../**/*.ts', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

test('every message that the code names is there', () => {
  for (const [path, source] of Object.entries(sources)) {
    // A file that is handed its t speaks of messages of any name.
    const own = [...source.matchAll(/useTranslation\('(\w+)'/g)].map((match) => match[1]!);
    const spoken = own.length ? ['common', ...own] : Object.keys(en).map((name) => name.replace('.json', ''));
    for (const [, named] of source.matchAll(/[^\w.]t\('([\w.:]+)'/g)) {
      const [space, key] = named!.includes(':') ? (named!.split(':') as [string, string]) : [undefined, named!];
      const there = (space ? [space] : spoken).some((name) =>
        ['', '_one', '_other'].some((form) => en[`${name}.json`]?.has(key + form)),
      );
      expect(there, `${path}: ${named}`).toBe(true);
    }
  }
});

test('every place has a name', () => {
  for (const { key } of places) expect(en['common.json']!.has(`place.${key}`), key).toBe(true);
});
