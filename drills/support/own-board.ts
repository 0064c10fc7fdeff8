import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BoardProcess, startBoardProcess } from '../../tests/support/board-process.js';
import { createTestDatabase } from '../../tests/support/test-database.js';

/**
 * A board as an operator runs it, new and empty, with these settings beside its own: on a database of its own of the server that
 * TEST_DATABASE_URL names, or embedded. It is gone after `close`.
 */
export async function openOwnBoard(settings: Record<string, string> = {}): Promise<BoardProcess & { close: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-drill-'));
  const database = (process.env['TEST_DATABASE_URL'] ?? '') === '' ? undefined : await createTestDatabase();
  const board = await startBoardProcess({ DATA_DIR: dir, LOG_LEVEL: 'warn', DATABASE_URL: database?.url, ...settings });
  return {
    ...board,
    async close() {
      await board.end('SIGTERM');
      await database?.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Lines of a board's log that tell of a fault of the board itself. */
export const findFaultLines = (out: string) => out.split('\n').filter((line) => /"level":(?:50|60)|"level":"(?:error|fatal)"|unhandled|uncaught/i.test(line));
