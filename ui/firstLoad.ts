import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

const limit = 350 * 1024;
/** What the entry loads by itself for "/", by the end of its path. */
const asked = ['/src/i18n/words.en.ts', '/src/i18n/words.zh.ts', '/src/pages/overview/OverviewPage.tsx'];

/** Files that a browser loads to show "/", and their bytes as the server sends them; of the languages both. */
export function firstLoad(bundle: Rollup.OutputBundle): Map<string, number> {
  const files = new Map<string, number>();
  const add = (name: string): void => {
    const file = bundle[name];
    if (file === undefined || files.has(name)) return;
    files.set(name, gzipSync(file.type === 'chunk' ? file.code : file.source, { level: 9 }).length);
    if (file.type === 'chunk') for (const needed of [...file.imports, ...(file.viteMetadata?.importedCss ?? [])]) add(needed);
  };
  for (const file of Object.values(bundle))
    if (file.type === 'chunk' && (file.isEntry || asked.some((end) => file.facadeModuleId?.endsWith(end)))) add(file.fileName);
  return files;
}

/** A build whose first page is too much for a slow line fails, and says what it consists of. */
export function firstLoadLimit(): Plugin {
  return {
    name: 'first-load-limit',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files = [...firstLoad(bundle)].sort((a, b) => b[1] - a[1]);
        const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
        const text = `first load of "/": ${(total / 1024).toFixed(1)} KiB of ${limit / 1024} KiB`;
        if (total <= limit) this.info(text);
        else this.error(`${text}\n${files.map(([name, bytes]) => `  ${bytes} ${name}`).join('\n')}`);
      },
    },
  };
}
