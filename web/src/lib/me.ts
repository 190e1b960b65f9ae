/** Who is signed in, and how the organisation counts. */
import { useQuery } from '@tanstack/react-query';
import { ask, Problem } from './api';
import { type Calendar, configureFormat, type Digits, type Language } from './format';
import { allowSingleKeys } from './keys';
import { queryClient } from './query';

export type Role = 'viewer' | 'csm' | 'manager' | 'admin';
export interface Organisation {
  name: string;
  time_zone: string;
  calendar: Calendar;
  fiscal_month: string;
  language: Language;
  currency: string;
  rial_unit: 'rial' | 'toman';
  week_start: string;
  weekend: string;
}
export interface Me {
  name: string;
  role: Role;
  scope: 'own' | 'team' | 'all';
  team: string;
  member: { id: string; email: string; language?: Language; version: number } | null;
  organisation: Organisation;
  /** Null: as the organisation, the language or the machine has it. */
  preferences?: {
    language: Language | null;
    calendar: Calendar | null;
    digits: Digits | 'by_language' | null;
    theme: Theme | null;
    letter_keys: boolean | null;
    seen_at: string | null;
    last_visit: string | null;
  };
  second_factor?: { set_up: boolean; required: boolean; must_set_up: boolean; codes_left: number };
}
export type Theme = 'light' | 'dark' | 'system';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const roles: Role[] = ['viewer', 'csm', 'manager', 'admin'];

const meQuery = {
  queryKey: ['me'],
  queryFn: () => ask<Me>('GET', '/api/v1/me'),
  staleTime: Number.POSITIVE_INFINITY,
};

/** The signed-in person, or null where nobody is. */
export async function loadMe(): Promise<Me | null> {
  try {
    return await queryClient.fetchQuery(meQuery);
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) return null;
    throw problem;
  }
}

/** Inside the shell somebody is always signed in. */
export function useMe(): Me {
  return useQuery(meQuery).data!;
}
export const mayRole = (me: Me, least: Role) => roles.indexOf(me.role) >= roles.indexOf(least);

/** What this browser remembers for the pages before the sign-in. */
export const remembered = {
  language: (): Language => {
    const kept = localStorage.getItem('vafa.language');
    return kept === 'fa' || kept === 'en' ? kept : navigator.language.startsWith('fa') ? 'fa' : 'en';
  },
  theme: (): Theme => {
    const kept = localStorage.getItem('vafa.theme');
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  },
  keep: (what: 'language' | 'theme', value: string) => localStorage.setItem(`vafa.${what}`, value),
};

/** Language, calendar, digits and theme in force, from the person, then the organisation, then this browser. */
export function surroundings(me: Me | null) {
  const language = me?.member?.language ?? me?.organisation.language ?? remembered.language();
  const calendar: Calendar =
    me?.preferences?.calendar ?? me?.organisation.calendar ?? (language === 'fa' ? 'persian' : 'gregorian');
  const digits: Digits =
    me?.preferences?.digits === 'latin' || me?.preferences?.digits === 'persian'
      ? me.preferences.digits
      : language === 'fa'
        ? 'persian'
        : 'latin';
  return {
    language,
    calendar,
    digits,
    theme: me?.preferences?.theme ?? remembered.theme(),
    letterKeys: me?.preferences?.letter_keys ?? true,
  };
}

export function applySurroundings(me: Me | null) {
  const { language, calendar, digits, theme, letterKeys } = surroundings(me);
  allowSingleKeys(letterKeys);
  if (me) remembered.keep('language', language);
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'fa' ? 'rtl' : 'ltr';
  configureFormat({
    language,
    calendar,
    digits,
    timeZone: me?.organisation.time_zone ?? 'UTC',
    toman: me?.organisation.rial_unit !== 'rial',
    weekStart: Math.max(0, WEEKDAYS.indexOf(me?.organisation.week_start ?? 'monday')),
  });
  return { language, theme };
}
