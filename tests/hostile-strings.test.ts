import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { hasForbiddenCharacter } from '../src/markup/normalize-text.js';
import { generators, grow } from './support/growth.js';
import { hostileStrings } from './support/hostile-strings.js';
import { findRoundTripFault } from './support/round-trip.js';
import { openTestBoard, type TestBoard } from './support/test-board.js';

describe('texts that programs stumble over', () => {
  let board: TestBoard;
  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('attic');
  });
  after(() => board.close());

  it('are shown as they were typed, as name, subject and body, or refused', async () => {
    const refused = hostileStrings.filter(hasForbiddenCharacter);
    assert.ok(hostileStrings.length >= 200 && refused.length >= 3 && refused.length < 20, `${refused.length} of ${hostileStrings.length} cannot be stored`);
    for (const text of hostileStrings) assert.equal(await findRoundTripFault(board, 'attic', text), undefined, JSON.stringify(text));
    assert.deepEqual(board.log.filter((line) => line.includes('"level":50')), []);
  });

  /** What one request costs in processor time, milliseconds: the best of some rounds of many. */
  async function measure(rounds: number, path: string, headers: Record<string, string>): Promise<number> {
    let best = Infinity;
    for (let round = 0; round < rounds; round += 1) {
      const before = process.cpuUsage();
      for (let count = 0; count < 2; count += 1) {
        const status = await ask(path, headers);
        assert.ok(status < 500, `${path.slice(0, 60)} ${JSON.stringify(headers).slice(0, 60)}: ${status} ${board.log.at(-1) ?? ''}`);
      }
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, (user + system) / 2000);
    }
    return best;
  }

  function ask(path: string, headers: Record<string, string>): Promise<number> {
    const { port } = board.server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, headers: { Host: new URL(board.origin()).host, ...headers }, agent: false }, (res) => {
        res.resume().on('end', () => resolve(res.statusCode ?? 0));
      }).on('error', reject).end();
    });
  }

  it('cost a request no more than their length, as its address or in its headers', async () => {
    // Whatever grows with the square of its length costs a hundred milliseconds and more at the longest that is read.
    const [short, long] = [900, 7200];
    const asPath = (text: string) => `/${encodeURI(text.replaceAll(/\p{Surrogate}/gu, '')).replaceAll('#', '%23')}`;
    const paths = generators.filter(([name]) => !/zwj|joiners|tags|half/.test(name)).map((generator) => (length: number) => asPath(grow(generator, length)).slice(0, length));
    const asked: ((length: number) => [path: string, headers: Record<string, string>])[] = [
      ...paths.map((toPath) => (length: number): [string, Record<string, string>] => [toPath(length), {}]),
      ...['/attic/thread/', '/attic/catalog?q=', '/attic/?', '/media/', '/mod/', '/assets/'].flatMap((start) => ['a', '/', '1', '%20', 'a=b&', 'a[b]='].map((unit) => (length: number): [string, Record<string, string>] => [start + unit.repeat(length / unit.length), {}])),
      ...['Cookie', 'Accept', 'Accept-Language', 'Accept-Encoding', 'If-None-Match', 'Referer', 'Range', 'User-Agent', 'X-Forwarded-For'].flatMap((name) =>
        ['a', 'a=b; ', 'en,', 'en;q=0.1, ', '"a", ', ' ', ';', '1-2,', '/'].map((unit) => (length: number): [string, Record<string, string>] => ['/attic/', { [name]: `x${unit.repeat(length / unit.length)}x` }]),
      ),
    ];
    assert.ok(asked.length > 150);
    for (const ask of asked) {
      if ((await measure(1, ...ask(long))) < 25) continue;
      const [brief, cost] = [await measure(9, ...ask(short)), await measure(5, ...ask(long))];
      assert.ok(cost < 25 || cost / brief <= 24, `${JSON.stringify(ask(40))}: ${brief.toFixed(1)} ms, then ${cost.toFixed(1)} ms`);
    }
  });
});
