import { randomBytes } from 'node:crypto';
import type { Rollup } from 'vite';
import { expect, test } from 'vitest';
import { firstLoad } from '../../firstLoad';

const chunk = (fileName: string, more: object) => ({ type: 'chunk', fileName, code: '', imports: [], isEntry: false, facadeModuleId: null, ...more });

test('the first load is the entry, the first page and the words, with all that these import, but no page behind a link', () => {
  const style = { type: 'asset', fileName: 'main.css', source: randomBytes(1000) };
  const files = [
    chunk('main.js', { isEntry: true, imports: ['react.js'], viteMetadata: { importedCss: new Set(['main.css']) } }),
    chunk('react.js', { code: 'x'.repeat(1000), imports: ['main.js'] }),
    chunk('overview.js', { facadeModuleId: '/x/src/pages/overview/OverviewPage.tsx', imports: ['shared.js'] }),
    chunk('words.js', { facadeModuleId: '/x/src/i18n/words.en.ts' }),
    chunk('shared.js', {}),
    chunk('chart.js', { facadeModuleId: '/x/src/ui/Plot.tsx' }),
    style,
  ];
  const bundle = Object.fromEntries(files.map((file) => [file.fileName, file])) as unknown as Rollup.OutputBundle;
  const load = firstLoad(bundle);
  expect([...load.keys()].sort()).toEqual(['main.css', 'main.js', 'overview.js', 'react.js', 'shared.js', 'words.js']);
  expect(load.get('react.js')).toBeLessThan(100);
  expect(load.get('main.css')).toBeGreaterThan(1000);
});
