import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { io, type Socket } from 'socket.io-client';
import { type Canary, findCanaries, type Trace } from './support/canaries.js';
import { openTestBoard, type Posted, type SentFile, type TestBoard } from './support/test-board.js';
import { crawl, dumpTables, openAt, readFiles } from './support/traces.js';

const MINUTE = 60_000;
const pictures = join(import.meta.dirname, 'fixtures/media/metadata');

/** Every one of these comes with what the canary posts, and none may be found afterwards. */
const address = '127.66.77.88';
const proxy = '127.66.99.1';
const forwarded = '203.0.113.201';
const canaries: Canary[] = [
  { name: 'the address', text: address },
  { name: 'the address behind a proxy', text: forwarded },
  { name: 'an address that was claimed', text: '198.51.100.23' },
  { name: 'the browser', text: 'CanaryFox/66.77' },
  { name: 'the referer', text: 'canary-came-from-here' },
  { name: 'a cookie', text: 'canary-was-followed-here' },
  { name: 'the tripcode’s secret', text: 'canary-tripcode-secret' },
  { name: 'the deletion password', text: 'canary-deletion-password' },
];
/** Pictures carry this in their metadata; see fixtures/media/manifest.json. */
const inPictures: Canary = { name: 'the metadata of a picture', text: 'CANARY-b7f3c0de' };
const ofFiles: Canary = { name: 'the name of a file', text: 'canary-file-name' };
/** Words of somebody else that everybody may read: what the search finds when it works. */
const planted: Canary = { name: 'what was planted', text: 'planted-for-all-to-see' };

/** Somebody posts, is refused, reports, deletes, is banned and appeals; then everything is searched for what he is known by. */
describe('of whoever posts', () => {
  let board: TestBoard;
  let tempDir: string;
  let traces: Trace[];
  let ownAnswers: Trace[];
  let canary: Canary[];
  const sockets: Socket[] = [];
  const pushes: Trace[] = [];
  const tempDirBefore = process.env['TMPDIR'];

  before(async () => {
    board = await openTestBoard({ settings: { POSTING_LIMITS: 'on', TRUSTED_PROXIES: proxy } });
    // Whatever is put among the temporary files from now on is put where it can be searched.
    tempDir = await mkdtemp(join(tmpdir(), 'quoth-privacy-'));
    process.env['TMPDIR'] = tempDir;
    for (const slug of ['birds', 'nests']) await board.makeBoard(slug);
    ({ ownAnswers, canary } = await liveThroughAll());
    traces = await gather();
  });
  after(async () => {
    for (const socket of sockets) socket.disconnect();
    if (tempDirBefore === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = tempDirBefore;
    await board.close();
    await rm(tempDir, { recursive: true, force: true });
  });

  it('nothing is found in any answer, push, table, file or line of the log', () => {
    assert.deepEqual(findCanaries([...canaries, ...canary, inPictures, ofFiles], traces), []);
  });

  it('nothing is found in what the poster himself is answered, but the names of files that wait for the next try', () => {
    assert.ok(ownAnswers.length > 10);
    assert.deepEqual(findCanaries([...canaries, ...canary, inPictures], ownAnswers), []);
  });

  it('no page makes a browser ask anybody else', () => {
    const pages = traces.filter(({ where, content }) => where.startsWith('GET ') && content.includes('<!doctype html>'));
    assert.ok(pages.length > 30);
    const asked = pages.flatMap(({ content }) => [...content.toString().matchAll(/<(?:link|script|img|form|iframe|source|video|audio|use)\b[^>]* (?:href|src|srcset|action)="([^"]*)"/g)].map((found) => found[1] ?? ''));
    assert.deepEqual([...new Set(asked.filter((address) => !/^(?:\/(?!\/)|#i-)/.test(address)))], []);
  });

  it('everything was searched: words that are for all to see are found in every kind of place', async () => {
    const found = findCanaries([planted], traces).filter((line) => line.endsWith('as it is'));
    const kinds = [
      /^GET \/:/, /^GET \/nests\/:/, /^GET \/nests\/catalog/, /^GET \/nests\/thread\/\d+:/, /^GET .*\/updates\?since=0/, /^GET \/mod\/nests\/thread\/\d+ of janitor/,
      /^GET \/mod\/.* of moderator/, /^GET \/mod\/.* of admin/, /^push thread:changes/, /^table posts/, /^table uploads/,
    ];
    for (const kind of kinds) assert.ok(found.some((line) => kind.test(line)), `${kind}\n${found.join('\n')}`);
    assert.ok(traces.filter(({ where }) => /^GET \/media\/|^file media/.test(where)).length > 8, 'pictures');
    assert.ok(traces.filter(({ where }) => where.startsWith('log')).length > 10, 'lines of the log');
    for (const place of ['GET /privacy', 'GET /log', 'GET /nowhere', 'GET /mod/log of admin', 'GET /mod/staff of admin', 'GET /mod/queue of janitor', 'push queue:changed', 'push board:changes', 'table post_origins', 'table bans']) {
      assert.ok(traces.some(({ where }) => where === place), `${place} is missing`);
    }
    for (const event of ['post.failed', 'request.failed', 'post.refused', 'post.barred']) {
      assert.ok(traces.some(({ where, content }) => where.startsWith('log') && content.includes(`"${event}"`)), `${event} was logged`);
    }
    assert.ok(traces.some(({ where, content }) => where === 'table bans' && content.includes('Let me back in')), 'an appeal was made');
  });

  it('the search would find an address or a secret in any of its disguises', async () => {
    const leaks: Record<string, Trace> = {
      'as it is': { where: 'a line', content: `refused ${address}` },
      'in hexadecimal': { where: 'a column', content: Buffer.from(address).toString('hex') },
      'in base64': { where: 'a token', content: Buffer.from(`{"ip":"${address}"}`).toString('base64url') },
      'in UTF-16': { where: 'a picture', content: Buffer.from(`XX${address}`, 'utf16le') },
      'as its network': { where: 'a range', content: '127.66.77.0/24' },
      'as its sha256': { where: 'a hash', content: createHash('sha256').update('4:7f424d58').digest('hex').slice(0, 32) },
      'as its md5': { where: 'a short hash', content: createHash('md5').update(address).digest('base64url') },
    };
    for (const [as, leak] of Object.entries(leaks)) assert.ok(findCanaries(canaries, [leak]).includes(`${leak.where}: the address ${as}`), as);
    const bytes = Buffer.from(address.split('.').map(Number));
    const { id } = await board.db.selectFrom('posts').select('id').limit(1).executeTakeFirstOrThrow();
    await board.db.insertInto('form_keys').values({ key: bytes, post_id: id, created_at: board.now() }).execute();
    assert.deepEqual(findCanaries(canaries, await dumpTables(board.db)), ['table form_keys: the address as it is'], 'bytes of a row');
    await board.db.deleteFrom('form_keys').where('key', '=', bytes).execute();
  });

  it('the search would find a header, and a picture that was kept as it was sent', async () => {
    const visitor = openAt(board, address);
    await visitor.send('/theme', { theme: 'dark' }).set('Referer', `${board.origin()}/?canary-came-from-here`);
    assert.deepEqual(findCanaries(canaries, visitor.answers), ['answer 1 to the poster: the referer as it is'], 'where a chosen theme leads back to');
    const path = join(board.dataDir, 'media', 'as-sent.jpg');
    await copyFile(join(pictures, 'exif-gps-xmp.jpg'), path);
    assert.ok(findCanaries([inPictures], await readFiles(board.dataDir)).includes('file media/as-sent.jpg: the metadata of a picture as it is'));
    await rm(path);
  });

  /** The canary's life on the board. Answers with what it was answered, and with the secret that its browser got. */
  async function liveThroughAll() {
    const headers = {
      'User-Agent': 'CanaryFox/66.77 (still singing)',
      Referer: `${board.origin()}/birds/?canary-came-from-here`,
      'X-Forwarded-For': '198.51.100.23',
      Cookie: 'track=canary-was-followed-here',
    };
    const bird = openAt(board, address, headers);
    const bystander = openAt(board, '127.66.1.1');
    const staff = await board.hireStaff('Moderator', [{ boardId: null, role: 'moderator' }]);
    const typed = { name: 'Bird ##canary-tripcode-secret', password: 'canary-deletion-password', dropnames: 'on' };

    const nest = await bystander.startThread('nests', { subject: 'planted-for-all-to-see', body: 'planted-for-all-to-see' }, [{ name: 'planted-for-all-to-see.png', content: await readFile(join(pictures, 'png-text.png')) }]);
    const thread = await bird.startThread('birds', { ...typed, subject: 'A song' }, await readPictures(0));
    listen(thread, staff.cookie);
    listen(nest, staff.cookie);
    await settle(() => sockets.every((socket) => socket.connected));
    const replies = [];
    for (const first of [4, 8, 12]) {
      board.pass(20 * MINUTE);
      replies.push(await bird.reply(nest, { ...typed, body: `>>${nest.no}\n>planted-for-all-to-see\nVerse ${first}.` }, await readPictures(first)));
    }
    await bystander.reply(nest, { body: 'planted-for-all-to-see, said again' });

    await beRefused(bird, typed, thread, nest);
    assert.equal((await bird.send(`/nests/post/${nest.no}/report`, { reason: 'other', note: 'Too loud.' })).status, 200);
    const [, second] = replies;
    assert.ok(second !== undefined);
    const other = openAt(board, address, headers);
    assert.equal((await other.send(`/nests/post/${second.no}/delete`, { what: 'post', password: 'canary-deletion-password' })).status, 303);

    const behindProxy = openAt(board, proxy, { ...headers, 'X-Forwarded-For': `198.51.100.23, ${forwarded}` });
    await behindProxy.startThread('nests', { ...typed, body: 'From behind a proxy.' });
    const tags = [await findTag('A song'), await findTag('From behind a proxy.')];
    assert.ok(tags.every((tag) => /^[0-9a-f]{32}$/.test(tag)) && tags[0] !== tags[1], 'the proxy was believed, and nobody else');

    await beBanned(bird, staff, thread);
    board.pass(16 * MINUTE);
    await board.doChores();
    const secret = /own=([\w-]{43})/.exec(bird.agent.jar.getCookies({ path: '/', domain: '127.0.0.1', secure: false, script: false }).toValueString())?.[1];
    assert.ok(secret !== undefined, 'the browser has a secret');
    return { ownAnswers: [...bird.answers, ...other.answers, ...behindProxy.answers], canary: [{ name: 'the secret of a browser', text: secret }] };
  }

  type Visitor = ReturnType<typeof openAt>;

  async function beRefused(bird: Visitor, typed: object, thread: Posted, nest: Posted) {
    const tooLong = await bird.sendForm(`/nests/thread/${nest.thread}/reply`, { ...typed, body: 'x'.repeat(9000) }, await readPictures(0));
    assert.equal(tooLong.status, 422);
    assert.match(tooLong.text, /canary-file-name/, 'files wait for the next try');
    const broken = await bird.send(`/nests/thread/${nest.thread}/reply`, {});
    assert.ok(broken.status >= 400);
    const hasty = await Promise.all([1, 2, 3, 4, 5].map((time) => bird.sendForm(`/birds/thread/${thread.thread}/reply`, { ...typed, body: `Haste ${time}` })));
    assert.ok(hasty.some((answer) => answer.status === 429), 'the limits hold');
    board.pass(20 * MINUTE);
    await sql`alter table uploads rename to uploads_away`.execute(board.db);
    const failed = await bird.sendForm(`/birds/thread/${thread.thread}/reply`, { ...typed, body: 'Into a fault.' }, await readPictures(0));
    await sql`alter table uploads_away rename to uploads`.execute(board.db);
    assert.ok(failed.status >= 500, `a fault: ${failed.status}`);
    await sql`alter table reports rename to reports_away`.execute(board.db);
    const unheard = await bird.send(`/nests/post/${nest.no}/report`, { reason: 'other', note: 'Into a fault.' });
    await sql`alter table reports_away rename to reports`.execute(board.db);
    assert.equal(unheard.status, 500);
    const stranger = io(board.origin(), { transports: ['websocket'], extraHeaders: { Origin: 'https://elsewhere.example', 'User-Agent': 'CanaryFox/66.77' }, reconnection: false, forceNew: true });
    await new Promise<void>((resolve) => void stranger.on('connect_error', () => resolve()));
  }

  async function beBanned(bird: Visitor, staff: Awaited<ReturnType<TestBoard['hireStaff']>>, thread: Posted) {
    const { id } = await board.db.selectFrom('posts').select('id').where('no', '=', thread.no).where('subject', '=', 'A song').executeTakeFirstOrThrow();
    const act = { act: 'author.ban', post: id, reason: 'Singing at night', note: 'Mind the neighbours.', duration: 24, scope: 'site', shown: 'on' };
    assert.equal((await staff.send('/mod/act', act).set('Origin', board.origin())).status, 303);
    const barred = await bird.sendForm(`/birds/thread/${thread.thread}/reply`, { body: 'Am I banned?', name: '##canary-tripcode-secret' });
    assert.equal(barred.status, 403);
    const path = /\/bans\/\d+/.exec(barred.text)?.[0];
    assert.ok(path !== undefined);
    assert.equal((await bird.get(path)).status, 200);
    assert.equal((await bird.send(`${path}/appeal`, { text: 'Let me back in.' })).status, 303);
  }

  /** The tag of whoever wrote these words or this subject. */
  async function findTag(words: string): Promise<string> {
    const rows = board.db.selectFrom('post_origins as o').innerJoin('posts as p', 'p.id', 'o.post_id').select('o.ban_tag');
    const row = await rows.where((is) => is.or([is('p.body', '=', words), is('p.subject', '=', words)])).executeTakeFirstOrThrow();
    return row.ban_tag.toString('hex');
  }

  /** Up to four pictures whose metadata name the canary. */
  async function readPictures(first: number): Promise<SentFile[]> {
    const names = (await readdir(pictures)).filter((name) => /\.(?:jpg|png|gif|webp)$/.test(name) && !/acropalypse|trailing/.test(name)).slice(first, first + 4);
    return Promise.all(names.map(async (name, index) => ({ name: `canary-file-name-${index}-${name}`, content: await readFile(join(pictures, name)) })));
  }

  /** Hears everything that is told about a thread, its board, and to staff. */
  function listen(thread: Posted, cookie: string) {
    const open = (namespace: string, headers: object = {}) => {
      const socket = io(board.origin() + namespace, { transports: ['websocket'], extraHeaders: { Origin: board.origin(), ...headers }, reconnection: false, forceNew: true });
      socket.onAny((event: string, ...told: unknown[]) => pushes.push({ where: `push ${event}`, content: JSON.stringify(told) }));
      sockets.push(socket);
      return socket;
    };
    open('').emit('join', { board: thread.board, thread: thread.thread, lang: 'en' }, () => undefined);
    open('').emit('join', { board: thread.board }, () => undefined);
    open('/mod', { Cookie: cookie });
  }

  /** Everything that can be had of the board, by anybody. */
  async function gather(): Promise<Trace[]> {
    await settle(() => ['thread:changes', 'board:changes', 'queue:changed'].every((event) => pushes.some(({ where }) => where === `push ${event}`)));
    const open = await crawl(board, ['/', '/nowhere', '/birds/thread/99999999', '/healthz', '/readyz', '/robots.txt', '/theme.css']);
    const ofStaff: Trace[] = [];
    for (const role of ['janitor', 'moderator', 'admin'] as const) {
      const { cookie } = await board.hireStaff(`The ${role}`, [{ boardId: null, role }]);
      const seen = await crawl(board, ['/mod', '/mod/queue', '/mod/queue/list', '/mod/log', '/mod/account', '/mod/staff', '/mod/birds/', '/mod/nests/', ...(await listThreads())], cookie);
      ofStaff.push(...seen.filter(({ where }) => where.startsWith('GET /mod')).map(({ where, content }) => ({ where: `${where} of ${role}`, content })));
    }
    const lines = board.log.map((content, index) => ({ where: `log ${index + 1}`, content }));
    const files = [...(await readFiles(board.dataDir, join(board.dataDir, 'keys'))), ...(await readFiles(tempDir))];
    return [...open, ...ofStaff, ...lines, ...files, ...pushes, ...(await dumpTables(board.db))];
  }

  async function listThreads(): Promise<string[]> {
    const threads = await board.db.selectFrom('threads as t').innerJoin('boards as b', 'b.id', 't.board_id').select(['b.slug', 't.no']).execute();
    return threads.map(({ slug, no }) => `/mod/${slug}/thread/${no}`);
  }

  async function settle(isSo: () => boolean): Promise<void> {
    const until = Date.now() + 10_000;
    while (!isSo() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 25));
    assert.ok(isSo(), 'what was waited for did not come');
  }
});

/** Many people read everything there is. */
describe('of whoever reads', () => {
  let board: TestBoard;

  before(async () => {
    board = await openTestBoard({ settings: { POSTING_LIMITS: 'on' } });
    await board.makeBoard('shelf');
  });
  after(() => board.close());

  it('a thousand requests leave no row, no cookie and no line that tells of them', async () => {
    const poster = board.open();
    const thread = await poster.startThread('shelf', { body: 'Read this.' }, [{ name: 'cover.png', content: await readFile(join(pictures, 'png-text.png')) }]);
    const page = `/shelf/thread/${thread.thread}`;
    const { text } = await board.get(page);
    const media = /"(\/media\/[^"]+)"/.exec(text)?.[1];
    assert.ok(media !== undefined);
    const paths = [
      '/', '/about', '/privacy', '/log', '/shelf/', '/shelf/catalog', '/shelf/archive', page, `${page}/updates?since=0`, `${page}/reply?quote=${thread.no}`,
      `/shelf/post/${thread.no}`, '/shelf/new', media, '/theme.css', '/robots.txt', '/nowhere', '/shelf/thread/99999999', '/bans/1', '/mod', '/mod/login',
    ];
    await board.doChores();
    const [rows, lineCount] = [await dumpTables(board.db), board.log.length];
    const cookies: string[] = [];
    for (let reader = 1; reader <= 50; reader += 1) {
      const headers = { 'User-Agent': 'CanaryFox/66.77', Referer: 'https://elsewhere.example/canary-came-from-here', Cookie: 'track=canary-was-followed-here' };
      const visitor = openAt(board, `127.66.77.${reader + 100}`, headers);
      const answers = await Promise.all(paths.map((path) => visitor.get(path)));
      cookies.push(...answers.flatMap((answer) => answer.headers['set-cookie'] ?? []));
      if (reader === 1) assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [200, 303, 404], 'all kinds of answers');
    }
    assert.deepEqual(cookies, []);
    assert.deepEqual(await dumpTables(board.db), rows);
    assert.deepEqual(board.log.slice(lineCount), []);
    assert.equal((await readFiles(join(board.dataDir, 'media'))).length, 2, 'the picture and its thumbnail');
  });
});
