import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import { serveMetrics } from '../src/operate/metrics-server.js';
import { createMetrics } from '../src/operate/metrics.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

const picture = readFileSync(join(import.meta.dirname, 'fixtures/media/metadata/orientation-6.jpg'));

describe('the metrics of a board', () => {
  let board: TestBoard;
  let url: URL;

  before(async () => {
    board = await openTestBoard({ settings: { METRICS_PORT: '0', LOG_LEVEL: 'info' } });
    await board.makeBoard('numbers');
    const said = board.log.map((line) => JSON.parse(line) as { event: string; url?: string }).find(({ event }) => event === 'metrics.served');
    url = new URL(said?.url ?? 'none');
  });
  after(() => board.close());

  const read = async () => (await request(url.origin).get('/metrics').expect(200)).text;
  /** The value of one line, by its name and the labels that it must have; 0 when there is none. */
  async function readValue(name: string, labels: Record<string, string> = {}): Promise<number> {
    const lines = (await read()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    const fitting = lines.filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)));
    return fitting.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  it('are at an address of their own on this machine, and at no other', async () => {
    assert.equal(url.hostname, '127.0.0.1');
    assert.notEqual(url.origin, board.origin());
    await board.get('/metrics').expect(404);
    await request(url.origin).get('/').expect(404);
    await request(url.origin).post('/metrics').expect(404);
  });

  it('count posts, and requests by the pattern of their route', async () => {
    const before = { posts: await readValue('quoth_events_total', { event: 'post.created' }), forms: await readValue('quoth_request_seconds_count', { method: 'POST', status: '201' }) };
    const thread = await board.startThread('numbers', {}, [{ name: 'shed.jpg', content: picture }]);
    await board.reply(thread, 'A reply.');
    assert.equal(await readValue('quoth_events_total', { event: 'post.created' }), before.posts + 2);
    assert.equal(await readValue('quoth_request_seconds_count', { method: 'POST', status: '201' }), before.forms + 2);
    const missing = await readValue('quoth_request_seconds_count', { status: '404' });
    await board.get('/numbers/thread/999999').expect(404);
    assert.equal(await readValue('quoth_request_seconds_count', { status: '404' }), missing + 1);
    const pages = await readValue('quoth_request_seconds_count', { method: 'GET', status: '200' });
    await board.get(`/numbers/thread/${thread.no}`).expect(200);
    assert.equal(await readValue('quoth_request_seconds_count', { method: 'GET', status: '200' }), pages + 1);
  });

  it('tell how the pool, the sockets and the pictures stand, and how old the oldest origin is', async () => {
    await board.startThread('numbers');
    assert.ok((await readValue('quoth_database_connections')) >= 1);
    const text = await read();
    for (const name of ['quoth_sockets', 'quoth_pictures_busy', 'quoth_pictures_waiting', 'quoth_database_idle', 'quoth_database_waiting']) assert.match(text, new RegExp(`^${name} 0$|^${name} [1-9]\\d*$`, 'm'), name);
    assert.match(text, /^nodejs_eventloop_lag_p99_seconds \S+$/m);
    assert.ok((await readValue('quoth_oldest_origin_seconds')) < 3600);
    board.pass(50 * 3_600_000);
    assert.ok((await readValue('quoth_oldest_origin_seconds')) > 49 * 3600);
    board.pass(30 * 3_600_000);
    await board.doChores();
    assert.equal(await readValue('quoth_oldest_origin_seconds'), 0, 'it was erased in time');
  });

  it('hold nothing of what visitors sent: no address, no path, no words', async () => {
    const thread = await board.startThread('numbers', { subject: 'Canary subject', body: 'Canary words.' });
    await request(board.origin()).get('/numbers/thread/777777?canary=yes').set({ 'User-Agent': 'Canary agent', 'X-Forwarded-For': '203.0.113.77' });
    await request(board.origin()).get('/canary-board/').set('Referer', 'http://canary.example/');
    const text = await read();
    assert.ok(thread.no > 0 && /quoth_request_seconds_count\{[^}]*status="404"/.test(text), 'they were counted');
    for (const canary of [/canary/i, /777777/, /203\.0\.113/, /127\.0\.0\.1/]) assert.doesNotMatch(text, canary);
    const labels = new Set([...text.matchAll(/\b([a-z_]+)="/g)].map((found) => found[1]));
    assert.deepEqual([...labels].filter((label) => !['event', 'to', 'method', 'route', 'status', 'le', 'type', 'space', 'kind', 'version', 'major', 'minor', 'patch'].includes(label ?? '')), []);
  });
});

it('a board without METRICS_PORT counts nothing and listens nowhere else', async () => {
  const board = await openTestBoard();
  assert.ok(board.log.length > 0 && board.log.every((line) => !line.includes('metrics.')));
  await board.close();
});

it('a port of metrics that is taken stops the start with a sentence that names the setting', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  await assert.rejects(serveMetrics(createMetrics(), { host: '127.0.0.1', port }), new RegExp(`METRICS_PORT ${port}\\.$`));
  await new Promise((resolve) => taken.close(resolve));
});
