import { createTranslate, type TextKey, type TextParams } from '../texts/texts.js';

/** What a check found, as a sentence; of what is wrong it says what to do. Only faults make the doctor end with code 1. */
export interface Finding {
  state: 'ok' | 'warning' | 'fault';
  text: string;
}

const t = createTranslate('en');

export const ok = (key: TextKey, params?: TextParams): Finding => ({ state: 'ok', text: t(key, params) });
export const warning = (key: TextKey, params?: TextParams): Finding => ({ state: 'warning', text: t(key, params) });
export const fault = (key: TextKey, params?: TextParams): Finding => ({ state: 'fault', text: t(key, params) });
