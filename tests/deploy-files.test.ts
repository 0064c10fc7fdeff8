import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readConfig, settingNames } from '../src/config.js';

const root = join(import.meta.dirname, '..');
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
});

test('sample proxies lead to the usual port, say who asks instead of believing it, and let through what the board takes', () => {
  const { port } = readConfig({});
  for (const name of ['nginx.conf', 'Caddyfile', 'torrc']) assert.ok(readSample(name).includes(`127.0.0.1:${port}`), name);
  assert.match(readSample('nginx.conf'), /proxy_set_header X-Forwarded-For \$remote_addr;/);
  assert.match(readSample('nginx.conf'), /proxy_set_header Host \$host;[\s\S]*proxy_set_header Upgrade \$http_upgrade;/);
  assert.match(readSample('Caddyfile'), /header_up X-Forwarded-For \{remote_host\}/);
  const most = Number(/maxRequestBytes = ([\d_]+)/.exec(readText('src/start-board.ts'))?.[1]?.replaceAll('_', ''));
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
