import en from './en.json';
import zh from './zh.json';

/** Words of the components, namespace "ui". */
export const uiWords = { en, zh };
