/** Where one can go: the side bar and the command palette read this table. `role`: the least that may see it. */
import {
  IconActivity,
  IconBuildingSkyscraper,
  IconChartHistogram,
  IconDatabase,
  IconHome,
  IconListCheck,
  type IconProps,
  IconSettings,
  IconUser,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { Role } from '@/lib/me';

export interface Place {
  path: string;
  /** Of the words `place.KEY` in the common catalogue. */
  key: string;
  icon?: ComponentType<IconProps>;
  role?: Role;
  /** Shown below its parent while the parent's part is open. */
  parts?: Place[];
  /** At the foot of the side bar. */
  foot?: boolean;
}

export const places: Place[] = [
  { path: '/', key: 'home', icon: IconHome },
  { path: '/accounts', key: 'accounts', icon: IconBuildingSkyscraper },
  {
    path: '/health',
    key: 'health',
    icon: IconActivity,
    parts: [
      { path: '/health/scorecards', key: 'scorecards' },
      { path: '/health/segments', key: 'segments' },
      { path: '/health/facts', key: 'facts' },
    ],
  },
  {
    path: '/insight',
    key: 'insight',
    icon: IconChartHistogram,
    parts: [
      { path: '/insight/retention', key: 'retention' },
      { path: '/insight/renewals', key: 'renewals' },
      { path: '/insight/growth', key: 'growth' },
      { path: '/insight/cohorts', key: 'cohorts' },
      { path: '/insight/adoption', key: 'adoption' },
      { path: '/insight/time-to-value', key: 'time_to_value' },
      { path: '/insight/satisfaction', key: 'satisfaction' },
      { path: '/insight/lifetime-value', key: 'lifetime' },
      { path: '/insight/survival', key: 'survival' },
      { path: '/insight/models', key: 'models' },
      { path: '/insight/rates', key: 'rates' },
    ],
  },
  {
    path: '/data',
    key: 'data',
    icon: IconDatabase,
    parts: [
      { path: '/data/imports', key: 'imports', role: 'manager' },
      { path: '/data/sources', key: 'sources' },
      { path: '/data/features', key: 'features' },
      { path: '/data/fields', key: 'fields' },
    ],
  },
  { path: '/start', key: 'start', icon: IconListCheck, role: 'admin', foot: true },
  {
    path: '/admin',
    key: 'admin',
    icon: IconSettings,
    role: 'admin',
    foot: true,
    parts: [
      { path: '/admin/people', key: 'admin_people' },
      { path: '/admin/settings', key: 'admin_settings' },
      { path: '/admin/calendar', key: 'admin_calendar' },
      { path: '/admin/audit', key: 'admin_audit' },
      { path: '/admin/limits', key: 'admin_limits' },
      { path: '/admin/backup', key: 'admin_backup' },
      { path: '/admin/about', key: 'admin_about' },
    ],
  },
  { path: '/me', key: 'me', icon: IconUser, foot: true },
];
