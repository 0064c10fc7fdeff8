import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { it } from 'node:test';
import { toFaultLines } from '../../src/commands/fault-lines.js';
import { connectDatabase } from '../../src/db/connect.js';

it('a server that answers before it has written is refused by name', async () => {
  const url = new URL(process.env['TEST_DATABASE_URL'] ?? '');
  const open = () => connectDatabase({ databaseUrl: url.href, dataDir: tmpdir() });
  await (await open()).close();
  url.searchParams.set('options', '-c synchronous_commit=off');
  await assert.rejects(open(), (error) => toFaultLines(error).some((line) => line.startsWith('Its setting synchronous_commit is off')));
});
