import { createHash, createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Keys } from '../identity/keys.js';
import type { FormKey } from '../posts/form-key-store.js';
import type { ReceivedForm } from '../uploads/received-form.js';
import type { TypedPost } from './post-form.js';
import { readKeptTokens } from './sent-files.js';

/** Without script, the same words by the same author in the same place are one post for so long. */
const sameWordsMs = 60_000;
/** A form with an id makes one post however late it is sent again, as long as its key is kept (see forgetFormKeys). */
export const formKeyKeptMs = 24 * 3_600_000;

/**
 * The key by which a form that is sent twice is known. Script gives each form a random id. Without script the key is made of the
 * author's tag, the words and the files (decisions: 60 seconds). `place` is the board or thread that the form is for.
 */
export async function toFormKey(
  options: { keys: Keys; now: Date; place: string; author: Buffer },
  typed: TypedPost,
  form: ReceivedForm,
): Promise<FormKey & { isById: boolean }> {
  const { keys, now, place, author } = options;
  const hmac = (words: string[]) => createHmac('sha256', keys.forms).update(`form-key:${JSON.stringify(words)}`).digest();
  if (typed.formId !== '') {
    return { key: hmac(['id', place, typed.formId]), repeatSince: new Date(now.getTime() - formKeyKeptMs), isById: true };
  }
  const files = await Promise.all(form.files.map((file) => hashFile(file.path)));
  const kept = readKeptTokens(form.fields).map(({ token }) => token);
  const words = ['words', place, author.toString('hex'), typed.subject, typed.body, ...kept, ...files];
  return { key: hmac(words), repeatSince: new Date(now.getTime() - sameWordsMs), isById: false };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
