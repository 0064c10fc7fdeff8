import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import { KeyFileError } from './key-files.js';
import { deleteKeyMarks, insertKeyMarks, listKeyMarks } from './key-mark-store.js';
import type { Keys } from './keys.js';

/**
 * Holds the machines of one board to the same keys. With others a machine would let banned people post, find no author again, and give
 * everybody another tripcode. What is compared are marks in the database, by which nobody can find the keys.
 */
export interface KeyAgreement {
  /** After keys were made or destroyed. @throws KeyFileError when another machine made another key of the same name */
  renew: () => Promise<void>;
}

/**
 * Compares the keys with those of the machines that run. `isAlone`: none runs, so whatever keys are here are those of the board.
 * @throws KeyFileError with a sentence for the operator when others run with other keys
 */
export async function agreeOnKeys(options: { db: Kysely<Tables>; keys: Pick<Keys, 'marks'>; dir: string; isAlone: boolean }): Promise<KeyAgreement> {
  const { db, keys, dir, isAlone } = options;
  const differ = (names: string[]) =>
    new KeyFileError(
      `The keys in ${dir} are not those of the other machines on this database (${names.sort().join(', ')}). All machines need one directory of keys: share it, and name it with KEYS_DIR. If the keys were replaced on purpose, stop all machines before the first one starts.`,
    );
  let told = keys.marks().map(({ name }) => name);

  async function compare(): Promise<string[]> {
    const own = new Map(keys.marks().map(({ name, mark }) => [name, mark]));
    const noted = await listKeyMarks(db);
    return noted.filter(({ name, mark }) => own.get(name)?.equals(mark) === false).map(({ name }) => name);
  }

  if (isAlone) await deleteKeyMarks(db, (await listKeyMarks(db)).map(({ name }) => name));
  const missing = (await listKeyMarks(db)).map(({ name }) => name).filter((name) => !told.includes(name));
  await insertKeyMarks(db, keys.marks());
  const wrong = [...(await compare()), ...missing];
  if (wrong.length > 0) throw differ(wrong);

  return {
    async renew() {
      const now = keys.marks();
      const gone = told.filter((name) => !now.some((mark) => mark.name === name));
      told = now.map(({ name }) => name);
      await deleteKeyMarks(db, gone);
      await insertKeyMarks(db, now);
      const names = await compare();
      if (names.length > 0) throw differ(names);
    },
  };
}
