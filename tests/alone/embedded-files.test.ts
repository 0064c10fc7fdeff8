import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { forgetFailedFiles } from '../../src/db/forget-failed-files.js';

/** The next file of such a name cannot be made, as on a full disk. Answers whether that has happened. */
function failOnce(ending: string, code: string): () => boolean {
  const write = fs.writeFileSync;
  let hasFailed = false;
  fs.writeFileSync = (path, ...rest) => {
    if (!String(path).endsWith(ending)) return write(path, ...rest);
    hasFailed = true;
    fs.writeFileSync = write;
    syncBuiltinESMExports();
    throw Object.assign(new Error(code), { code });
  };
  syncBuiltinESMExports();
  return () => hasFailed;
}

it('a file that the embedded database could not make for a moment can be made afterwards', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-files-'));
  const database = await PGlite.create(dir);
  try {
    const fill = async (table: string, code: string) => {
      await database.exec(`create table ${table} (n int)`);
      const hasFailed = failOnce('_fsm', code);
      const outcomes = [];
      for (let time = 1; time <= 2; time += 1) outcomes.push(await database.exec(`insert into ${table} select generate_series(1, 500)`).then(() => 'done', (error: Error) => error.message.replace(/.*: /, '')));
      assert.ok(hasFailed(), 'a file was to be made');
      return outcomes;
    };
    assert.deepEqual(await fill('without', 'ENOSPC'), ['No space left on device', 'File exists'], 'what is mended here: if this is gone, so may be the mending');
    forgetFailedFiles(database.Module.FS);
    assert.deepEqual(await fill('filled', 'ENOSPC'), ['No space left on device', 'done']);
    assert.deepEqual(await fill('crowded', 'EMFILE'), ['done', 'done'], 'with too many open files it closes some and tries again');
  } finally {
    await database.close();
    await rm(dir, { recursive: true, force: true });
  }
});
