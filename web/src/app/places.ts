/** Where one can go: the side bar and the command palette read this table. `role`: the least that may see it. */
import { IconDatabase, IconHome, type IconProps } from '@tabler/icons-react';
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
];
