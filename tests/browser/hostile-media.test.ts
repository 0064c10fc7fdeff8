import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { openTestBoard, type TestBoard } from '../support/test-board.js';
import { launchBrowser } from '../support/test-browser.js';

const canary = 'CANARY-b7f3c0de';
const polyglots = join(import.meta.dirname, '../fixtures/media/polyglots');
const readPolyglot = (name: string) => readFileSync(join(polyglots, name));

/** Everything that a page can take a file for. */
const takeForEverything = (url: string) => `
  <script src="${url}"></script><script type="module" src="${url}"></script><link rel="stylesheet" href="${url}"><link rel="modulepreload" href="${url}"><link rel="manifest" href="${url}">
  <iframe src="${url}"></iframe><iframe src="${url}" sandbox="allow-scripts allow-same-origin"></iframe><object data="${url}"></object><embed src="${url}"><img src="${url}"><video src="${url}"></video>
  <svg><use href="${url}#x"></use><image href="${url}"></image></svg>
  <script>try { new Worker('${url}'); } catch {} navigator.serviceWorker?.register('${url}').catch(() => {}); import('${url}').catch(() => {});</script>`;

/** In every page and frame: what payloads call tells on itself. */
const tellTales = `for (const name of ['alert', 'confirm', 'prompt', 'print']) globalThis[name] = (...words) => void tellOfExecution(name + ' ' + words.join());`;

/** Files that are a picture and something else besides, once they have been through the board. */
describe('pictures that are something else besides', () => {
  let board: TestBoard;
  let browser: Browser;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('moat');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await board.close();
  });

  /** Opens addresses as pages, and a page that takes each for everything else; answers with what ran. */
  async function openAsEverything(urls: readonly string[], prepare: (context: BrowserContext) => Promise<unknown> = () => Promise.resolve()): Promise<string[]> {
    const ran: string[] = [];
    const context = await browser.newContext();
    try {
      await context.exposeBinding('tellOfExecution', ({ frame }, what: string) => void ran.push(`${what} in ${frame.url()}`));
      await context.addInitScript(tellTales);
      // It stands on the board's own address and forbids nothing.
      await context.route('**/takes-all', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>Takes all</title>${urls.map(takeForEverything).join('')}` }));
      await prepare(context);
      const page = await context.newPage();
      for (const url of urls) await page.goto(url).catch(() => undefined);
      await page.goto(`${board.origin()}/takes-all`, { waitUntil: 'load' });
      await page.evaluate('new Promise((resolve) => setTimeout(resolve, 200))');
    } finally {
      await context.close();
    }
    return ran;
  }

  it('are pictures alone when they are served: nothing hidden is in them, and nothing of them runs', async () => {
    const names = readdirSync(polyglots);
    assert.equal(names.length, 8);
    const thread = await board.startThread('moat');
    const served = new Set<string>();
    for (const name of names) {
      const sent = readPolyglot(name);
      assert.ok(sent.includes(canary), name);
      const answer = await board.sendForm(`/moat/thread/${thread.no}/reply`, { body: name }, [{ name: `${name}.html`, content: sent }], 'application/json');
      assert.ok(answer.status === 201 || answer.status === 422, `${name}: ${answer.status} ${answer.text}`);
    }
    for (const { name, thumb_name } of await board.db.selectFrom('uploads').select(['name', 'thumb_name']).execute()) served.add(name).add(thumb_name);
    assert.ok(served.size >= 14, `${served.size} files are served`);
    const urls = [...served].map((name) => `${board.origin()}/media/${name}`);
    for (const url of urls) {
      const answer = await fetch(url);
      assert.match(answer.headers.get('content-type') ?? '', /^image\/(?:jpeg|png|webp|gif)$/, url);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      const bytes = Buffer.from(await answer.arrayBuffer());
      for (const trace of [canary, '<script', '<svg', '<?php', '%PDF', 'PK\u0003\u0004']) assert.ok(!bytes.includes(trace, 0, 'latin1'), `${trace} in ${url}`);
    }
    assert.deepEqual(await openAsEverything(urls), []);
  });

  it('would run if they were served as they came', async () => {
    const leaks = { script: ['gif-js.gif', 'text/javascript'], page: ['jpeg-html-in-com.jpg', 'text/html'] } as const;
    for (const [how, [name, contentType]] of Object.entries(leaks)) {
      const url = `${board.origin()}/leak/${name}`;
      const ran = await openAsEverything([url], (context) => context.route(`**/leak/**`, (route) => route.fulfill({ contentType, body: readPolyglot(name) })));
      assert.ok(ran.length > 0, `as a ${how}`);
    }
  });
});
