import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { openTestBoard, type Posted, type TestBoard } from '../support/test-board.js';
import { openTestBrowser, type TestBrowser, untilLive } from '../support/test-browser.js';

/** What open pages do with what is taken away, taken elsewhere, and brought back. */
describe('what is gone', () => {
  let board: TestBoard;
  let browser: TestBrowser;

  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('plots');
    await board.makeBoard('shelf');
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  const idsOf = ({ no }: Posted) =>
    board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select(['p.thread_id', 'p.id']).where('b.slug', '=', 'plots').where('p.no', '=', no).executeTakeFirstOrThrow();

  async function hireModerator(name: string) {
    const staff = await board.hireStaff(name, [{ boardId: null, role: 'moderator' }]);
    return {
      /** Does an act and answers with what undoes it. */
      async act(fields: Record<string, string | number>): Promise<string> {
        const answer = await staff.send('/mod/act', { reason: 'For a test', ...fields }).set('Origin', board.origin());
        return /done=(\d+)/.exec(String(answer.headers['location']))?.[1] ?? '';
      },
      undo: (logId: string) => staff.send('/mod/undo', { log: logId }).set('Origin', board.origin()),
    };
  }

  it('a removed thread leaves no words on its open page, and they come back when the removal is undone', async () => {
    const thread = await board.startThread('plots', { subject: 'Gnomes for sale', body: 'Buy gnomes' });
    await board.reply(thread, 'first answer');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(page);
    const moderator = await hireModerator('Teasel');
    const removal = await moderator.act({ act: 'post.remove', post: (await idsOf(thread)).id });
    await page.getByRole('alert').filter({ hasText: 'This thread was removed' }).waitFor();
    for (const words of ['Buy gnomes', 'first answer', 'Gnomes for sale']) assert.equal(await page.getByText(words).first().isVisible(), false, words);
    await moderator.undo(removal);
    await page.getByText('Buy gnomes').waitFor({ state: 'visible' });
    await page.locator('#reply').waitFor({ state: 'visible' });
    assert.equal(await page.getByRole('alert').filter({ hasText: 'removed' }).count(), 0, 'the notice is gone');
  });

  it('an open page of a moved thread says where it is now, takes nothing from there, and goes on when it comes back', async () => {
    await board.reply(await board.startThread('shelf'), 'so that numbers differ there');
    const thread = await board.startThread('plots');
    const first = await board.reply(thread, 'first answer');
    const { page } = await browser.read(`/plots/thread/${thread.no}`);
    await untilLive(page);
    const moderator = await hireModerator('Sorrel');
    const { thread_id: id } = await idsOf(thread);
    const move = await moderator.act({ act: 'thread.move', thread: id, to_board: 'shelf' });
    await page.getByRole('alert').filter({ hasText: 'This thread was moved' }).waitFor();
    const { no } = await board.db.selectFrom('threads').select('no').where('id', '=', id).executeTakeFirstOrThrow();
    await board.reply({ board: 'shelf', thread: no }, 'said in the new place');
    // Somebody who reads it there has seen the reply by then.
    const there = await browser.read(`/shelf/thread/${no}`);
    await there.page.getByText('said in the new place').waitFor();
    assert.deepEqual(await page.locator('#thread > .post').evaluateAll((posts) => posts.map((post) => post.id)), [`p${thread.no}`, `p${first.no}`]);
    await moderator.undo(move);
    await page.getByText('said in the new place').waitFor();
    assert.equal(await page.getByRole('alert').count(), 0, 'the notice is gone');
  });

  it('an open index drops replies and threads that their posters take back, and an open thread its heading', async () => {
    const poster = board.open();
    const thread = await poster.startThread('plots', { subject: 'Soon deleted', body: 'xyz' });
    const reply = await poster.reply(thread, 'taken back later');
    await board.reply(thread, 'stays');
    const index = (await browser.read('/plots/')).page;
    const open = (await browser.read(`/plots/thread/${thread.no}`)).page;
    await untilLive(index);
    await untilLive(open);
    await index.getByText('taken back later').waitFor();
    await poster.send(`/plots/post/${reply.no}/delete`, { what: 'post' });
    await index.getByText('taken back later').waitFor({ state: 'detached' });
    await poster.send(`/plots/post/${thread.no}/delete`, { what: 'post' });
    await index.getByText('Soon deleted').first().waitFor({ state: 'detached' });
    await open.getByRole('heading', { level: 1, name: `No. ${thread.no}` }).waitFor();
    assert.equal(await open.locator('h1', { hasText: 'Soon deleted' }).count(), 0, 'the old heading is gone');
  });
});
