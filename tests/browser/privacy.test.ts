import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { openTestBrowser, type TestBrowser } from '../support/test-browser.js';

/** What a real browser does for a reader besides what he asked for. */
describe('a reader’s browser', () => {
  let board: TestBoard;
  let browser: TestBrowser;

  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('reads');
    browser = await openTestBrowser(board);
  });
  afterEach(() => browser.closeReaders());
  after(async () => {
    await browser.close();
    await board.close();
  });

  it('asks nobody but the board, and gets no cookie', async () => {
    const thread = await board.startThread('reads', { body: 'See https://elsewhere.example/picture.png and //elsewhere.example/more' });
    const { context, page } = await browser.read();
    const asked: string[] = [];
    context.on('request', (request) => void asked.push(new URL(request.url()).origin));
    page.on('websocket', (socket) => void asked.push(new URL(socket.url()).origin.replace('ws:', 'http:')));
    for (const path of ['/', '/about', '/privacy', '/log', '/reads/', '/reads/catalog', '/reads/archive', `/reads/thread/${thread.thread}`, `/reads/post/${thread.no}`]) {
      await page.goto(path, { waitUntil: 'networkidle' });
    }
    assert.ok(asked.length > 15);
    assert.deepEqual([...new Set(asked)], [board.origin()]);
    assert.deepEqual(await context.cookies(), []);
  });
});
