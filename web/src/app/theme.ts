import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const arghavan: MantineColorsTuple = [
  '#f9f2fb',
  '#f5ecf7',
  '#e6d2eb',
  '#d9b9e1',
  '#cfa6da',
  '#9251a4',
  '#7d3e8f',
  '#6b2f7a',
  '#572563',
  '#421b4c',
];

/** The kit's greys of the dark theme, of the design's own tokens (tokens.css). */
const dark: MantineColorsTuple = [
  '#f1eef3',
  '#bcb5c4',
  '#9c94a6',
  '#7c7486',
  '#3d3745',
  '#2c2832',
  '#1a181d',
  '#29252e',
  '#161419',
  '#121014',
];

export const theme = createTheme({
  colors: { arghavan, dark },
  primaryColor: 'arghavan',
  primaryShade: { light: 7, dark: 5 },
  defaultRadius: 7,
  fontFamily: 'var(--v-font)',
  fontSizes: { xs: '12px', sm: 'var(--v-body)', md: 'var(--v-body)', lg: '16px', xl: '20px' },
  lineHeights: { xs: '18px', sm: 'var(--v-body-line)', md: 'var(--v-body-line)' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: {
      defaultProps: { size: 'xs', h: 30, fz: 'var(--v-body)' },
      styles: { root: { fontWeight: 'var(--v-name)', paddingInline: 12 } },
    },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
    Tooltip: { defaultProps: { openDelay: 300, transitionProps: { duration: 120 } } },
    Modal: { defaultProps: { radius: 14, overlayProps: { backgroundOpacity: 0.35 } } },
    Menu: { defaultProps: { shadow: 'var(--v-pop)', radius: 10 } },
    Popover: { defaultProps: { shadow: 'var(--v-pop)', radius: 10 } },
    Select: { defaultProps: { allowDeselect: false, checkIconPosition: 'right' } },
  },
});

const shared = {
  '--mantine-color-body': 'var(--v-surface)',
  '--mantine-color-text': 'var(--v-ink)',
  '--mantine-color-dimmed': 'var(--v-ink3)',
  '--mantine-color-placeholder': 'var(--v-ink3)',
  '--mantine-color-default': 'var(--v-surface)',
  '--mantine-color-default-color': 'var(--v-ink)',
  '--mantine-color-default-hover': 'var(--v-hover)',
  '--mantine-color-default-border': 'var(--v-line2)',
  '--mantine-color-error': 'var(--v-risk)',
  '--mantine-color-anchor': 'var(--v-brand)',
};
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared });
