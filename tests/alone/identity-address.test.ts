import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createAddressReader, createPeerReader, findClientAddress } from '../../src/identity/client-address.js';
import { createLog } from '../../src/log.js';

interface ClientVector { peer: string; trusted: string[]; headers: Record<string, string>; want: string | null; onion?: boolean }
interface KeyVectors { groups: { scope: 'client' | 'range'; same?: string[]; different?: string[] }[]; mustRefuse: string[] }

function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/vectors/${name}`, import.meta.url), 'utf8')) as T;
}

test('the client of a request is found through trusted proxies alone, or the request is refused', () => {
  const { cases } = readVectors<{ cases: ClientVector[] }>('client-ip-vectors.json');
  assert.equal(cases.length, 20);
  for (const { peer, trusted, headers, want, onion } of cases) {
    const read = onion ? createAddressReader([], 'onion') : createAddressReader(trusted);
    const found = read({ headers, socket: { remoteAddress: onion ? undefined : peer } });
    const wanted = onion ? 'onion' : want === null ? undefined : findClientAddress(want)?.prefix;
    assert.equal(wanted === undefined, want === null, `the vector's own address ${want}`);
    assert.equal(found?.prefix, wanted, JSON.stringify({ peer, trusted, headers }).slice(0, 300));
  }
});

test('a proxy that names an address nobody comes from is not believed', () => {
  const read = createAddressReader(['10.0.0.1']);
  const readBehind = (header: string) => read({ headers: { 'x-forwarded-for': header }, socket: { remoteAddress: '10.0.0.1' } });
  assert.ok(readBehind('192.168.1.5') !== undefined, 'the premise: an address of the local network is one');
  for (const header of ['127.0.0.1', '::1', '0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255', '10.0.0.1', '1.2.3.4,', '1.2.3.4, x, 10.0.0.1']) {
    assert.equal(readBehind(header), undefined, header);
  }
});

test('a header of 13,000 signs is read in less than 50 ms', () => {
  const read = createAddressReader(['127.0.0.0/8']);
  const header = `1.2.3.4, ${'127.0.0.1, '.repeat(1200)}127.0.0.1`;
  const startedAt = performance.now();
  assert.equal(read({ headers: { 'x-forwarded-for': header }, socket: { remoteAddress: '127.0.0.1' } })?.prefix, findClientAddress('1.2.3.4')?.prefix);
  assert.ok(performance.now() - startedAt < 50);
});

test('every spelling of an address has one key, and neighbours share one only within the range', () => {
  const { groups, mustRefuse } = readVectors<KeyVectors>('ip-key-vectors.json');
  assert.equal(groups.length, 6);
  for (const { scope, same, different } of groups) {
    const spellings = same ?? different ?? [];
    const keys = new Set(spellings.map((text) => {
      const address = findClientAddress(text);
      assert.ok(address !== undefined, text);
      return scope === 'client' ? address.prefix : address.range;
    }));
    assert.equal(keys.size, same === undefined ? spellings.length : 1, spellings.join(' '));
  }
  assert.equal(mustRefuse.length, 12);
  for (const text of mustRefuse) assert.equal(findClientAddress(text), undefined, JSON.stringify(text));
});

test('any well-formed address is understood, and nothing makes the reader throw', () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => findClientAddress(text) !== undefined));
  const read = createAddressReader(['127.0.0.1']);
  fc.assert(fc.property(fc.string(), (header) => {
    read({ headers: { 'x-forwarded-for': header }, socket: { remoteAddress: '127.0.0.1' } });
  }));
});

test('loopback is recognised in all its spellings', () => {
  for (const text of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) assert.equal(findClientAddress(text)?.isLoopback, true, text);
  for (const text of ['128.0.0.1', '10.0.0.1', '::2']) assert.equal(findClientAddress(text)?.isLoopback, false, text);
});

test('a list of proxies that is malformed or trusts everybody is refused at start', () => {
  for (const entry of ['0.0.0.0/0', '::/0', '0.0.0.0/1', '128.0.0.0/1', '64.0.0.0/7', '2000::/3', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'proxy', '1.2.3', '::/129', '10.0.0.0/1e1']) {
    assert.throws(() => createAddressReader([entry]), new RegExp(`TRUSTED_PROXIES: ${entry.replaceAll('/', '\\/')}`), entry);
  }
});

test('a peer says whether it is a trusted proxy', () => {
  const readPeer = createPeerReader(['10.0.0.0/8', 'fd00::/8']);
  assert.equal(readPeer('10.1.2.3')?.isTrustedProxy, true);
  assert.equal(readPeer('::ffff:10.1.2.3')?.isTrustedProxy, true);
  assert.equal(readPeer('fd00::7')?.isTrustedProxy, true);
  assert.equal(readPeer('11.1.2.3')?.isTrustedProxy, false);
  assert.equal(readPeer('fe80::1%eth0')?.isTrustedProxy, false);
  assert.equal(readPeer(undefined), undefined);
});

test('an address does not reach a log line, a message or JSON', () => {
  const address = findClientAddress('198.51.100.7');
  const peer = createPeerReader([])('198.51.100.7');
  const hex = 'c6336407';
  assert.ok(address?.prefix.includes(hex), 'the premise: the prefix holds these bytes');
  const lines: string[] = [];
  createLog('info', (line) => lines.push(line)).info('test', { from: String(address) });
  assert.equal(lines.length, 1);
  for (const text of [JSON.stringify({ address, peer }), inspect({ address, peer }, { depth: 9, showHidden: true }), String(address) + String(peer), JSON.stringify({ ...address }), ...lines]) {
    assert.ok(!text.includes(hex) && !text.includes('198.51.100.7'), text);
    assert.ok(text.includes('[address]'), text);
  }
});

test('the address of a real connection is read', async () => {
  const read = createAddressReader([]);
  const server = createServer((req, res) => res.end(read(req)?.isLoopback ? 'loopback' : 'other')).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const body = await new Promise<string>((done, fail) => {
    request({ port, host: '127.0.0.1', agent: false }, (res) => res.setEncoding('utf8').once('data', done)).once('error', fail).end();
  });
  server.close();
  assert.equal(body, 'loopback');
});
