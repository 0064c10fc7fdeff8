import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { io, type Socket } from 'socket.io-client';
import { sql } from 'kysely';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

const picture = readFileSync(join(import.meta.dirname, 'fixtures/media/metadata/png-text.png'));

/** A database that takes everything and then fails at the commit, as one does whose disk is full or whose power goes. */
describe('a post whose commit fails', () => {
  let board: TestBoard;
  let thread: Posted;
  let socket: Socket;
  const told: string[] = [];

  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('quay');
    thread = await board.startThread('quay');
    await sql`
      create function refuse_to_commit() returns trigger language plpgsql as $$
      begin
        if new.body like '%never committed%' then raise exception 'the commit fails'; end if;
        return null;
      end $$`.execute(board.db);
    await sql`create constraint trigger refuse_to_commit after insert on posts deferrable initially deferred for each row execute function refuse_to_commit()`.execute(board.db);
    socket = io(board.origin(), { transports: ['websocket'], extraHeaders: { Origin: board.origin() }, reconnection: false, forceNew: true });
    socket.onAny((_event: string, payload: unknown) => told.push(JSON.stringify(payload)));
    for (const room of [{ board: 'quay' }, { board: 'quay', thread: thread.thread, lang: 'en' }]) assert.equal((await socket.timeout(5000).emitWithAck('join', room)).ok, true);
  });
  after(async () => {
    socket.disconnect();
    await board.close();
  });

  const ways = {
    'a reply': () => board.sendForm(`/quay/thread/${thread.thread}/reply`, { body: 'never committed, plain' }),
    'a reply with a picture': () => board.sendForm(`/quay/thread/${thread.thread}/reply`, { body: 'never committed, with a picture' }, [{ name: 'shed.png', content: picture }]),
    'a thread': () => board.sendForm('/quay/thread', { subject: 'A thread', body: 'never committed, a thread' }),
  };
  for (const [name, send] of Object.entries(ways)) {
    it(`${name} is not acknowledged, its words come back, and nobody hears of it`, async () => {
      const answer = await send();
      assert.equal(answer.status, 500);
      assert.match(answer.text, /never committed/);
      assert.ok(board.log.some((line) => line.includes('post.failed')));
      const seen = await board.reply(thread, `After ${name}.`);
      for (let step = 0; step < 500 && !told.some((push) => push.includes(`After ${name}.`)); step += 1) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.ok(told.some((push) => push.includes(`#p${seen.no}`) || push.includes(`After ${name}.`)), 'open pages hear of what was committed');
      assert.deepEqual(told.filter((push) => push.includes('never committed')), []);
      for (const path of ['/quay/', '/quay/catalog', `/quay/thread/${thread.thread}`]) assert.doesNotMatch((await board.get(path)).text, /never committed/);
    });
  }
});
