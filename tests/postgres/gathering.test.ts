import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openTestBoard, type TestBoard } from '../support/test-board.js';

/** Two transactions at once: the embedded database has one connection. */
describe('replies while somebody else holds a thread', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('held');
  });
  after(() => board.close());

  it('wait for that thread alone: those of other threads are answered meanwhile, and all are stored in the end', async () => {
    const [held, free] = [await board.startThread('held'), await board.startThread('held')];
    const waiting: Promise<number>[] = [];
    let isAnswered = false;
    await board.db.transaction().execute(async (trx) => {
      await trx.selectFrom('threads').select('id').where('no', '=', held.no).forUpdate().execute();
      for (let index = 0; index < 5; index += 1) {
        waiting.push(
          board.reply(held, `Held up ${index}`).then((posted) => {
            isAnswered = true;
            return posted.no;
          }),
        );
      }
      for (let index = 0; index < 5; index += 1) assert.ok((await board.reply(free, `Free ${index}`)).no > 0);
      assert.equal(isAnswered, false, 'nobody was answered before his reply was stored');
    });
    assert.equal(new Set(await Promise.all(waiting)).size, 5);
    const rows = await board.db.selectFrom('threads').select(['no', 'reply_count', 'change_no']).where('no', 'in', [held.no, free.no]).orderBy('no').execute();
    assert.deepEqual(rows.map((row) => [row.reply_count, row.change_no]), [[5, 6], [5, 6]]);
  });
});
