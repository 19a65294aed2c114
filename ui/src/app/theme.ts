import { createTheme, type CSSVariablesResolver } from '@mantine/core';
import type { Schemas } from '@/api/client';

export type MonitorState = Schemas['Monitor']['state'];

/** After Okabe and Ito, so that all can be told apart by people who see red and green alike; dark and light enough for text. */
const COLORS: Record<string, string> = {
  UP: 'light-dark(#00664a, #3ddc97)',
  DOWN: 'light-dark(#b3261e, #ff8a80)',
  UNREACHABLE: 'light-dark(#7a3e00, #f0a35e)',
  TIMEOUT: 'light-dark(#b3261e, #ff8a80)',
  STALE: 'light-dark(#6b4f00, #e8c547)',
  UNKNOWN: 'light-dark(#4a5568, #a8b3c4)',
  PAUSED: 'light-dark(#005a8c, #6cbcf0)',
};

/** A CSS colour; that of UNKNOWN for words it does not know. */
export function stateColor(state: string): string {
  return COLORS[state.toUpperCase()] ?? COLORS['UNKNOWN'] ?? 'gray';
}

export const theme = createTheme({
  primaryColor: 'teal',
  // The same in both: the colour of a button's text is decided once, whatever the scheme.
  primaryShade: 9,
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Of text on a pale ground of the same colour (alerts, badges), and of outlined badges: for light, and for dark. */
const ON_PALE: Record<string, [light: string, dark: string]> = {
  blue: ['#0b4a8a', '#a5d8ff'],
  gray: ['#3d444d', '#c3c9d2'],
  grape: ['#6d2382', '#eebefa'],
  green: ['#1c5c2b', '#8ce99a'],
  orange: ['#8a3b00', '#ffb87a'],
  red: ['#a3231b', '#ffb0ab'],
  teal: ['#055741', '#63e6be'],
  yellow: ['#6b4f00', '#ffe066'],
};
function onPale(scheme: 0 | 1): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, both] of Object.entries(ON_PALE))
    for (const variant of ['light-color', 'outline']) out[`--mantine-color-${name}-${variant}`] = both[scheme];
  return out;
}

/** Mantine's own are too pale for text (WCAG 2.2, 1.4.3: a contrast of 4.5). */
export const colors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#555c65',
    '--mantine-color-placeholder': '#666d76',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#006650',
    ...onPale(0),
  },
  dark: {
    '--mantine-color-dimmed': '#a9b1bc',
    '--mantine-color-placeholder': '#9aa2ad',
    '--mantine-color-error': '#ff8a80',
    '--mantine-color-anchor': '#63e6be',
    ...onPale(1),
  },
});
