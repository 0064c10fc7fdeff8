import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import test from 'node:test';

const src = join(import.meta.dirname, '../../src');

/** Folders in the order in which they may use each other; those of one line are siblings and do not. */
const order = [
  ['texts'],
  ['db', 'markup', 'control'],
  ['http'],
  ['identity', 'realtime'],
  ['boards', 'uploads'],
  ['posts'],
  ['threads'],
  ['staff'],
  ['moderation'],
  ['spam'],
  ['posting'],
  ['seed', 'operate', 'pages'],
  ['commands'],
];
/** Files at the top: some may be used everywhere, the others use everything and are used by nobody. */
const everywhere = ['log.ts', 'config.ts'];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports = files.flatMap((file) => {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)'|\bawait import\('([^']+)'\)/gms)].map((found) => {
    const name = found[1] ?? found[2] ?? '';
    const isOwn = name.startsWith('.');
    return { file, name: isOwn ? normalize(join(dirname(file), name)).replace(/\.js$/, '.ts') : name, isOwn, isType: /^(?:import|export) type/.test(found[0]) };
  });
});

const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');
const rankOf = (folder: string) => order.findIndex((line) => line.includes(folder));

test('every folder of the source has its place in the order', () => {
  for (const folder of new Set(files.map(folderOf))) assert.ok(folder === '' || rankOf(folder) !== -1, `${folder} has no place`);
});

test('CONTRIBUTING.md tells this order', () => {
  const told = /^ {2}```\n([\s\S]*?) {2}main\.ts/m.exec(readFileSync(join(src, '../CONTRIBUTING.md'), 'utf8'))?.[1] ?? '';
  assert.deepEqual(told.trim().split('\n').map((line) => line.trim().split(' · ')), order);
});

test('a folder imports only from folders before it, and siblings leave each other alone', () => {
  assert.ok(imports.filter(({ isOwn }) => isOwn).length > 300, 'imports were found');
  const wrong = imports.filter(({ file, name, isOwn }) => {
    const [from, to] = [folderOf(file), folderOf(name)];
    if (!isOwn || from === to || from === '' || everywhere.includes(name)) return false;
    return to === '' || rankOf(to) >= rankOf(from);
  });
  assert.deepEqual(wrong.map(({ file, name }) => `${file} -> ${name}`), []);
});

test('texts and log.ts know nothing of the rest', () => {
  const known = imports.filter(({ file, isOwn }) => isOwn && ['log.ts', 'config.ts'].includes(file));
  assert.deepEqual(known, []);
});

test('each outside library has one importing file, and each role one kind of file', () => {
  const onlyIn: Record<string, RegExp> = {
    'socket.io': /^realtime\/broadcaster\.ts$/,
    ejs: /^http\/views\.ts$/,
    multer: /^uploads\/receive-upload\.ts$/,
    'sanitize-html': /^markup\/[a-z-]+\.ts$/,
    sharp: /^uploads\/[a-z-]+\.ts$/,
    'file-type': /^uploads\/[a-z-]+\.ts$/,
    '@node-rs/argon2': /^[a-z-]+\/[a-z-]+\.ts$/,
    helmet: /^http\/security\.ts$/,
    pino: /^log\.ts$/,
    '@redis/client': /^db\/redis-client\.ts$/,
    pg: /^db\/connect\.ts$/,
    aws4fetch: /^uploads\/s3-client\.ts$/,
    '@electric-sql/pglite': /^db\/embedded-worker\.ts$/,
    '@electric-sql/pglite-socket': /^db\/embedded-worker\.ts$/,
    'prom-client': /^operate\/metrics\.ts$/,
    otpauth: /^staff\/second-factor\.ts$/,
    qrcode: /^staff\/second-factor\.ts$/,
    'ipaddr.js': /^identity\/client-address\.ts$/,
    'intl-messageformat': /^texts\/texts\.ts$/,
    'cli-progress': /^(?:seed|commands)\/[a-z-]+\.ts$/,
  };
  for (const [library, allowed] of Object.entries(onlyIn)) {
    const importers = [...new Set(imports.filter(({ name, isType }) => name === library && !isType).map(({ file }) => file))];
    assert.ok(importers.length <= 1, `${library} is imported by ${importers.join(', ')}`);
    for (const importer of importers) assert.match(importer, allowed, library);
  }
});

test('every dependency is used', () => {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8'));
  const used = new Set(imports.map(({ name }) => name));
  assert.deepEqual(Object.keys(dependencies).filter((name) => !used.has(name)), []);
});

test('only stores speak SQL', () => {
  const queries = /\.(?:selectFrom|insertInto|updateTable|deleteFrom)\(|\bsql(?:<[^>]*>)?`/;
  const speakers = files.filter((file) => queries.test(readFileSync(join(src, file), 'utf8')));
  assert.ok(speakers.length > 10);
  assert.deepEqual(speakers.filter((file) => !file.endsWith('-store.ts') && folderOf(file) !== 'db'), []);
});

test('transactions of visitors and staff are begun by what tries them once more when they stand in each other\'s way', () => {
  const beginners = files.filter((file) => /\.transaction\(\)\.execute\(/.test(readFileSync(join(src, file), 'utf8')));
  assert.ok(beginners.includes('db/in-transaction.ts'));
  assert.deepEqual(beginners.filter((file) => !['db', 'operate', 'seed'].includes(folderOf(file))), []);
});

test('SQL text without parameters is sent by the migrations alone', () => {
  assert.deepEqual(files.filter((file) => /\bsql\.(?:raw|lit|ref|id|table|join)\(/.test(readFileSync(join(src, file), 'utf8'))), ['db/migrate.ts']);
});

test('the environment is read in one file', () => {
  assert.deepEqual(files.filter((file) => /\bprocess\.env\b/.test(readFileSync(join(src, file), 'utf8')) && file !== 'uploads/media-process.ts'), ['config.ts']);
});

test('finished HTML is vouched for by the renderer of posts, the view engine and the drawing of a QR code alone', () => {
  const vouching = files.filter((file) => /\btoSafeHtml\(/.test(readFileSync(join(src, file), 'utf8')) && file !== 'http/safe-html.ts');
  assert.deepEqual(vouching.sort(), ['http/views.ts', 'posts/post-html.ts', 'staff/second-factor.ts']);
});

test('nothing is exported by default, and no file only passes on others', () => {
  for (const file of files) {
    assert.ok(!/^export default/m.test(readFileSync(join(src, file), 'utf8')), file);
    assert.ok(!file.endsWith('/index.ts'), file);
  }
});

test('files stay within 250 lines', () => {
  const long = files.map((file) => [file, readFileSync(join(src, file), 'utf8').split('\n').length] as const).filter(([file, lines]) => lines > 252 && !file.startsWith('texts/'));
  assert.deepEqual(long, []);
});

test('files, and the words in their names, are those of the house', () => {
  const banned = /(?:^|[/-])(?:topics?|messages?|comments?|items?|data|info|utils?|helpers?|managers?|handlers?|services?|misc|common)(?:[.-]|$)/;
  const allowed = new Set(['http/error-handler.ts', 'control/data-lock.ts']);
  assert.deepEqual(files.filter((file) => !/^[a-z0-9/-]+\.ts$/.test(file) || (banned.test(file) && !allowed.has(file))), []);
});
