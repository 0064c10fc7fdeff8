import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { type Config, ConfigError, readConfig, settingNames } from '../../src/config.js';

const root = join(import.meta.dirname, '../..');
const readText = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = readText('README.md');
const papers = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readText('package.json'));

/** The rows of the table of settings: name, default, meaning, what a wrong value says. */
const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (.*?) \| (.*) \| (.*?) \|$/gm)].map(([, name = '', usual = '', meaning = '', wrong = '']) => ({ name, usual, meaning, wrong }));

test('the README has a row for every setting, and for no other', () => {
  assert.deepEqual(rows.map(({ name }) => name), settingNames);
});

test('the README names the defaults that hold', () => {
  const usual = readConfig({});
  const held: Record<string, Config[keyof Config]> = {
    PORT: usual.port,
    HOST: usual.host,
    DATA_DIR: usual.dataDir,
    DATABASE_URL: usual.databaseUrl,
    DATABASE_READ_URL: usual.databaseReadUrl,
    PUBLIC_ORIGIN: usual.publicOrigin,
    MEDIA_ORIGIN: usual.mediaOrigin,
    S3_ENDPOINT: usual.s3Endpoint,
    S3_BUCKET: usual.s3Bucket,
    S3_REGION: usual.s3Region,
    S3_ACCESS_KEY_ID: usual.s3AccessKeyId,
    S3_SECRET_ACCESS_KEY: usual.s3SecretAccessKey,
    TRUSTED_PROXIES: usual.trustedProxies,
    POSTING_LIMITS: usual.hasPostingLimits,
    ORIGIN_HOURS: usual.originHours,
    MAX_CONNECTIONS: usual.maxConnections,
    MAX_SOCKETS: usual.maxSockets,
    CONNECTIONS_PER_ADDRESS: usual.connectionsPerAddress,
    METRICS_PORT: usual.metricsPort,
    METRICS_HOST: usual.metricsHost,
    WEB_CONCURRENCY: usual.webConcurrency,
    SEVERAL_MACHINES: usual.isShared,
    REDIS_URL: usual.redisUrl,
    KEYS_DIR: usual.keysDir,
    LOG_LEVEL: usual.logLevel,
  };
  assert.equal(rows.length, Object.keys(usual).length);
  for (const { name, usual: said } of rows) {
    const value = said.replaceAll('`', '');
    const expected = held[name];
    if (expected === undefined) assert.equal(value, 'not set', name);
    else if (Array.isArray(expected)) assert.deepEqual([value, expected], ['none', []], name);
    else if (name === 'DATA_DIR') assert.equal(resolve(value), expected);
    else if (typeof expected === 'boolean') assert.equal(value, expected ? 'on' : 'off', name);
    else assert.equal(value, String(expected), name);
  }
});

test('a wrong value is told in the words that the README has', () => {
  // No path is wrong before it is tried: that sentence is tested with the start itself.
  for (const { name, wrong } of rows.filter((row) => row.name !== 'DATA_DIR')) {
    assert.throws(() => readConfig({ [name]: '- -' }), (error) => error instanceof ConfigError && error.message === `The setting ${name} ${wrong}.`, name);
  }
  assert.match(readText('src/control/data-lock.ts'), new RegExp(`The setting DATA_DIR ${rows.find(({ name }) => name === 'DATA_DIR')?.wrong};`));
});

test('every folder and file of the source is on the map, in an order in which each uses only those above it', () => {
  const map = /```\nsrc\/\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const names = [...map.matchAll(/^ {2}(\S+)(?: {2}(\S+\.ts) {2}(\S+\.ts))?/gm)].flatMap((found) => found.slice(1).filter((name) => name !== undefined));
  const entries = readdirSync(join(root, 'src'), { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  assert.deepEqual([...names].sort(), entries.sort());

  const folders = names.filter((name) => name.endsWith('/'));
  assert.ok(folders.length > 10);
  for (const [rank, folder] of folders.entries()) {
    const files = readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    for (const file of files) {
      for (const [, used] of readText(join('src', folder, file)).matchAll(/from '(?:\.\.\/)+([a-z-]+\/)/g)) {
        assert.ok(folders.indexOf(used ?? '') <= rank, `${folder}${file} uses ${used}, which stands below it`);
      }
    }
  }
});

test('the path of a post leads through files that exist', () => {
  const path = /## The path of a post\n[\s\S]*?```\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const steps = [...path.matchAll(/^ {2}([a-z]+(?:-[a-z]+)+) /gm)].map((found) => found[1] ?? '');
  assert.ok(steps.length >= 6, steps.join());
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const step of steps) assert.ok(files.some((file) => file.endsWith(`/${step}.ts`)), step);
});

test('every npm script that the papers name exists', () => {
  const named = new Set(papers.flatMap((paper) => [...readText(paper).matchAll(/npm (?:run ([a-z:]+)|(start|test)\b)/g)].map((found) => found[1] ?? found[2] ?? '')));
  for (const name of ['start', 'test', 'admin', 'seed']) assert.ok(named.has(name), `${name} is told`);
  for (const name of named) assert.ok(Object.hasOwn(scripts, name), `npm run ${name}`);
});

test('every file and folder that the papers name exists', () => {
  for (const paper of papers) {
    const text = readText(paper);
    const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map((found) => found[1] ?? '');
    const inCode = [...text.matchAll(/`((?:src|tests|views|public|migrations|docs|scripts|docker|\.ci)\/[\w./-]*|[\w-]+\/[\w-]+\.(?:ts|js|ejs|sql)|[a-z]+\.yaml|Dockerfile|\.env\.example)`/g)].map((found) => found[1] ?? '');
    for (const path of [...linked, ...inCode].filter((name) => !name.includes('NNNN'))) {
      assert.ok([path, `src/${path}`, `views/${path}`, `public/js/${path}`].some((place) => existsSync(join(root, place))), `${paper}: ${path}`);
    }
  }
});

test('links within the papers lead to headings that are there', () => {
  const toAnchor = (heading: string) => heading.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-');
  const anchors = new Map(papers.map((paper) => [paper, new Set([...readText(paper).matchAll(/^#+ (.+)$/gm)].map((found) => toAnchor(found[1] ?? '')))]));
  for (const paper of papers) {
    for (const [, target = '', anchor = ''] of readText(paper).matchAll(/\]\(([^)#]*)#([^)]+)\)/g)) {
      if (target.startsWith('http')) continue;
      assert.ok(anchors.get(target === '' ? paper : target)?.has(anchor), `${paper}: ${target}#${anchor}`);
    }
  }
});

test('the README stays short, and its picture light', () => {
  assert.ok(readme.split('\n').length - rows.length <= 120, 'besides a line for each setting');
  const picture = join(root, 'docs/screenshot.png');
  assert.ok(statSync(picture).size < 300 * 1024);
  assert.equal(readFileSync(picture).readUInt32BE(16), 1280, 'its width');
});
