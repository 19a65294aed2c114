import { useCallback, useSyncExternalStore } from 'react';
import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { readWords, type Language } from './words';

export type { Language };

const kept = 'holter.language';

function firstLanguage(): Language {
  try {
    const chosen = localStorage.getItem(kept);
    if (chosen === 'en' || chosen === 'zh') return chosen;
  } catch {
    // A browser that keeps nothing: what it asks for counts.
  }
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const i18n = i18next.createInstance();
void i18n.use(initReactI18next).init({
  lng: firstLanguage(),
  fallbackLng: false, // a test sees to it that both languages have the same words
  resources: {},
  defaultNS: 'common',
  initAsync: false,
  showSupportNotice: false,
  // React shows text as text.
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});
document.documentElement.lang = i18n.language;

/** Before anything is said in a language, its words have to be there. */
export async function loadWords(language: Language = currentLanguage()): Promise<void> {
  if (i18n.hasResourceBundle(language, 'common')) return;
  for (const [namespace, words] of Object.entries(await readWords(language))) i18n.addResourceBundle(language, namespace, words);
}

/** At once where the words are there, else when they have come; rejects, and changes nothing, when they do not come. */
export async function setLanguage(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, 'common')) await loadWords(language);
  try {
    localStorage.setItem(kept, language);
  } catch {
    // It is for this tab only, then.
  }
  void i18n.changeLanguage(language);
  document.documentElement.lang = language;
}

export type Translate = (key: string, values?: Record<string, unknown>) => string;

/** The words of an area; "common:..." are those of all. */
export function useWords(namespace: string): Translate {
  const { t } = useTranslation(namespace, { i18n });
  return useCallback((key: string, values?: Record<string, unknown>) => String(t(key, values ?? {})), [t]);
}

export function currentLanguage(): Language {
  return i18n.language === 'zh' ? 'zh' : 'en';
}

export function useLanguage(): [Language, (language: Language) => Promise<void>] {
  const language = useSyncExternalStore((changed) => {
    i18n.on('languageChanged', changed);
    return () => i18n.off('languageChanged', changed);
  }, currentLanguage);
  return [language, setLanguage];
}

/** A text of a definition in the language of the viewer, else in English, else in any. */
export function pick(texts: Record<string, string | undefined> | null | undefined): string {
  if (!texts) return '';
  const wanted = currentLanguage() === 'zh' ? ['zh', 'zh-CN', 'en'] : ['en'];
  for (const language of wanted) if (texts[language]) return texts[language];
  return Object.values(texts).find((text) => text !== undefined && text !== '') ?? '';
}
