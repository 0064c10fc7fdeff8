import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readConfig, settingNames } from '../../src/config.js';

const root = join(import.meta.dirname, '../..');
const readText = (path: string) => readFileSync(join(root, path), 'utf8');
const samples = readdirSync(join(root, 'deploy'));
/** A sample without its comments. */
const readSample = (name: string) => readText(`deploy/${name}`).replaceAll(/^\s*#.*$/gm, '');

test('operating.md names every sample file', () => {
  assert.ok(samples.length >= 4);
  for (const name of samples) assert.ok(readText('docs/operating.md').includes(`deploy/${name}`), name);
});

test('no sample proxy writes down who visits', () => {
  const servers = readSample('nginx.conf').split(/^server \{/m).slice(1);
  assert.equal(servers.length, 2);
  for (const server of servers) {
    assert.match(server, /^\s*access_log off;$/m);
    assert.match(server, /^\s*error_log \/dev\/null crit;$/m);
  }
  assert.equal(readSample('nginx.conf').match(/_log /g)?.length, 4, 'and nothing else is logged');
  assert.doesNotMatch(readSample('Caddyfile').replace(/^\{[\s\S]*?^\}/m, ''), /\blog\b/, 'no access log of the site');
  assert.match(readSample('Caddyfile'), /exclude http\.log\.error/);
  assert.match(readSample('torrc'), /^SafeLogging 1$/m);
  const scale = readSample('nginx-scale.conf');
  assert.deepEqual(scale.match(/\b(?:access|error)_log .*;/g), ['error_log /dev/null crit;', 'access_log off;']);
});

test('the sample nginx for several processes lets sockets through, holds pages for as long as they say, and removed pictures not at all', () => {
  const scale = readSample('nginx-scale.conf');
  const places = new Map([...scale.matchAll(/location (\S+) \{([^}]*)\}/g)].map(([, path = '', rules = '']) => [path, rules]));
  assert.deepEqual([...places.keys()], ['/', '/media/', '/socket.io/']);
  for (const [path, rules] of places) {
    assert.match(rules, /proxy_pass http:\/\/board;/, path);
    assert.equal(rules.includes('proxy_cache pages;'), path === '/', path);
    // One header of its own takes all others away.
    if (rules.includes('proxy_set_header')) assert.match(rules, /Host \$host;[\s\S]*X-Forwarded-For \$remote_addr;/, path);
  }
  assert.match(places.get('/socket.io/') ?? '', /Upgrade \$http_upgrade;[\s\S]*Connection \$board_connection;/);
  assert.doesNotMatch(scale, /proxy_cache_valid|proxy_ignore_headers|use_stale[^;]*updating/, 'the board says how long');
  assert.match(places.get('/') ?? '', /proxy_cache_background_update on;/);
  assert.match(scale, /proxy_set_header X-Forwarded-For \$remote_addr;/);
  assert.equal(/client_max_body_size \d+m;/.exec(scale)?.[0], /client_max_body_size \d+m;/.exec(readSample('nginx.conf'))?.[0]);
  for (const zone of ['visitors', 'requests']) assert.match(scale, new RegExp(`limit_(?:conn|req) (?:zone=)?${zone}\\b`), zone);
});

test('sample proxies lead to the usual port, say who asks instead of believing it, and let through what the board takes', () => {
  const { port } = readConfig({});
  for (const name of ['nginx.conf', 'Caddyfile', 'torrc']) assert.ok(readSample(name).includes(`127.0.0.1:${port}`), name);
  assert.match(readSample('nginx.conf'), /proxy_set_header X-Forwarded-For \$remote_addr;/);
  assert.match(readSample('nginx.conf'), /proxy_set_header Host \$host;[\s\S]*proxy_set_header Upgrade \$http_upgrade;/);
  assert.match(readSample('Caddyfile'), /header_up X-Forwarded-For \{remote_host\}/);
  const [most = 0] = readdirSync(join(root, 'src')).filter((name) => name.endsWith('.ts')).flatMap((name) => {
    const found = /const maxRequestBytes = ([\d_]+)/.exec(readText(`src/${name}`))?.[1];
    return found === undefined ? [] : [Number(found.replaceAll('_', ''))];
  });
  assert.ok(most > 0);
  assert.ok(Number(/client_max_body_size (\d+)m;/.exec(readSample('nginx.conf'))?.[1]) * 1024 * 1024 > most);
  assert.ok(Number(/max_size (\d+)MB/.exec(readSample('Caddyfile'))?.[1]) * 1e6 > most);
});

test('the sample service is nobody special, keeps to its own directory, and waits until running requests have ended', () => {
  const service = readSample('quoth.service');
  for (const line of ['User=quoth', 'NoNewPrivileges=yes', 'ProtectSystem=strict', 'CapabilityBoundingSet=', 'StateDirectoryMode=0700', 'UMask=0077']) assert.ok(service.split('\n').includes(line), line);
  const dataDir = /DATA_DIR=(\S+)/.exec(service)?.[1];
  assert.equal(dataDir, `/var/lib/${/^StateDirectory=(\w+)$/m.exec(service)?.[1]}`);
  const patienceMs = Number(/patienceMs = ([\d_]+)/.exec(readText('src/main.ts'))?.[1]?.replaceAll('_', ''));
  assert.ok(patienceMs > 0 && Number(/^TimeoutStopSec=(\d+)$/m.exec(service)?.[1]) * 1000 > patienceMs);
});

test('samples set nothing that the board does not know', () => {
  const named = samples.flatMap((name) => [...readText(`deploy/${name}`).matchAll(/\b([A-Z]+_[A-Z_]+|NODE_ENV)=/g)].map((found) => found[1] ?? ''));
  assert.ok(named.includes('PUBLIC_ORIGIN') && named.includes('TRUSTED_PROXIES'));
  assert.deepEqual(named.filter((name) => name !== 'NODE_ENV' && !settingNames.includes(name)), []);
});
