export type Language = 'en' | 'zh';
export type Words = Record<string, unknown>;

/** All words of a language by namespace. One file for each language: nobody loads the other. */
export async function readWords(language: Language): Promise<Record<string, Words>> {
  const { default: read } = language === 'zh' ? await import('./words.zh') : await import('./words.en');
  const words: Record<string, Words> = { common: read.common, ui: read.ui };
  for (const [path, ofArea] of Object.entries(read.areas)) {
    const area = /pages\/([^/]+)\//.exec(path)?.[1];
    if (area !== undefined) words[area] = ofArea;
  }
  return words;
}
