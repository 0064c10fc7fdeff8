import { IntlMessageFormat } from 'intl-messageformat';
import { en } from './en.js';

export type TextKey = keyof typeof en;
export type TextParams = Record<string, string | number>;
export type Language = 'en';
/** Says one text in one language. */
export type Translate = (key: TextKey, params?: TextParams) => string;

/** Every language the board speaks, in order of preference. A second one is another table with the same keys. */
export const languages: readonly Language[] = ['en'];

const tables: Record<Language, Record<TextKey, string>> = { en };

/** Compiling a text takes longer than saying it many times: what is compiled is kept, however often a function is made. */
const compiledByLanguage: Record<Language, Map<TextKey, IntlMessageFormat>> = { en: new Map() };

/**
 * Makes the function that says texts in `language`. Texts are ICU messages (plurals, numbers); each is compiled once,
 * and a text without parameters is returned as it stands.
 */
export function createTranslate(language: Language): Translate {
  const table = tables[language];
  const compiled = compiledByLanguage[language];
  return (key, params) => {
    const text = table[key];
    if (params === undefined) return text;
    let message = compiled.get(key);
    if (message === undefined) {
      message = new IntlMessageFormat(text, language, undefined, { ignoreTag: true });
      compiled.set(key, message);
    }
    return String(message.format(params));
  };
}
