import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { io } from 'socket.io-client';
import { insertSection } from '../src/boards/board-store.js';
import { normalizeLine } from '../src/markup/normalize-text.js';
import { openScene, ownHost, ownOrigin, ownPage, type Person, type Scene, type Sending, type Target } from './support/access-scene.js';

/** What would show if words were taken for more than words. */
const payloads = [
  '"><img src=x onerror=alert(1)>', `'"><script>alert(1)</script>`, '{{7*7}}${7*7}', '<%= 1111*3 %>', '\u202egnp.exe', '</title><svg/onload=alert(1)>',
  '</textarea><iframe src=javascript:alert(1)>', '<tinyboard raw html>1</tinyboard><marquee>', "javascript:alert(1)//`$&$'$`", '--><style>*{display:none}</style>', '&lt;img src=x&gt;&#60;b&#62;',
] as const;

/** Every field in which somebody can write, by the sign that its words begin with. */
const fields = ['name', 'subject', 'body', 'file', 'alt', 'report', 'banReason', 'banNote', 'removal', 'appeal', 'boardTitle', 'boardWords', 'section', 'login', 'query', 'staffName'] as const;
type Field = (typeof fields)[number];

const sign = (field: Field, round: number) => `mk-${field}-${round}-`;
const words = (field: Field, round: number) => `${sign(field, round)}${payloads[round] ?? ''}`;

interface View {
  who: Person;
  path: string;
  sending?: Sending;
  status: number;
  /** The fields whose words stand there; those of all others must not. */
  shows: readonly Field[];
}

const tagsOfPages = new Set(
  `html head meta title link script body svg symbol path circle rect use header nav main footer section article aside div p span a ul ol li dl dt dd h1 h2 h3 form fieldset legend label input
  textarea select option optgroup button details summary table thead tbody tr th td time small strong em s pre code blockquote br hr figure figcaption img b abbr dialog output template noscript menu search i kbd caption samp progress datalist q`.split(/\s+/),
);

type Node = DefaultTreeAdapterTypes.Node;

/** Everything in a page that no template of the board writes. */
function findForeign(html: string): string[] {
  const found: string[] = [];
  const walk = (node: Node): void => {
    if ('value' in node && node.value.includes('\u202e') && !(node.parentNode !== null && node.parentNode.nodeName === 'textarea')) found.push(`turned text ${node.value.slice(0, 60)}`);
    if ('tagName' in node) {
      if (!tagsOfPages.has(node.tagName)) found.push(node.tagName);
      if (node.tagName === 'script' && (node.childNodes.length > 0 || !node.attrs.some(({ name }) => name === 'src'))) found.push('inline script');
      for (const { name, value } of node.attrs) {
        if (/^on|^(?:style|srcdoc|http-equiv|ping)$/.test(name)) found.push(`${node.tagName} ${name}`);
        if (['href', 'src', 'action', 'formaction'].includes(name) && !/^(?:\/(?![/\\])|#|\?|https?:\/\/)/.test(value)) found.push(`${node.tagName} ${name}=${value}`);
        if (['script', 'img', 'link', 'form'].includes(node.tagName) && /^https?:/.test(value)) found.push(`${node.tagName} ${name}=${value}`);
        if (/[<>"'`=\s]/.test(name)) found.push(`an attribute ${name}`);
        if (value.includes('\u202e') && name !== 'value') found.push(`turned ${node.tagName} ${name}`);
      }
    }
    if ('content' in node) walk(node.content);
    if ('childNodes' in node) node.childNodes.forEach(walk);
  };
  walk(parse(html));
  if (/mk-\w+-\d+-(?:3333|49)/.test(html)) found.push('a template in the words was run');
  return found;
}

/** The pages of HTML in an answer: itself, or every string of its JSON. */
function toPages(text: string): string[] {
  if (!/^[{[]/.test(text)) return [text];
  const pages: string[] = [];
  JSON.parse(text, (key, value: unknown) => {
    // What is not finished HTML is written as text by script; `html` and its kin go through the policy.
    if (typeof value === 'string' && /html/i.test(key)) pages.push(value);
    return value;
  });
  return pages;
}

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

describe('words stay words, in whatever field they were written and wherever they are shown', () => {
  let scene: Scene;
  before(async () => {
    scene = await openScene();
  });
  after(() => scene.close());

  it('the search finds what it is looking for', () => {
    const leaks = ['<p><img src=x onerror=alert(1)>', '<script>1</script>', '<iframe>', '<a href="javascript:1">x</a>', '<p>\u202e</p>', '<svg/onload=1>', '<style>', '<marquee>', '<p>mk-name-3-3333</p>', '<a href="//evil.example">'];
    for (const leak of leaks) assert.notDeepEqual(findForeign(leak), [], leak);
    assert.deepEqual(findForeign('<!doctype html><p>&lt;script&gt;</p>'), []);
  });

  let cells = 0;
  let viewCount = 0;
  for (const [round, payload] of payloads.entries()) {
    it(`${JSON.stringify(payload)}`, async () => {
      const views = await fillBoard(scene, round);
      for (const [name, view] of Object.entries(views)) {
        const answer = await scene.send(view.path, view.who, view.sending);
        assert.equal(answer.status, view.status, `${name}: ${answer.text.slice(-500)}`);
        const pages = toPages(answer.text);
        assert.equal(pages.length > 0, name !== 'refused form as JSON', `${name} holds HTML`);
        for (const page of pages) assert.deepEqual(findForeign(page), [], name);
        const seen = fields.filter((field) => answer.text.includes(sign(field, round)));
        assert.deepEqual(seen, fields.filter((field) => view.shows.includes(field)), `what ${name} shows`);
        cells += fields.length;
      }
      viewCount = Object.keys(views).length;
      const shown = new Set(Object.values(views).flatMap(({ shows }) => shows));
      assert.deepEqual(fields.filter((field) => !shown.has(field)), [], 'every field is shown somewhere');
    });
  }

  it('in what open pages are told over the socket too', async () => {
    const thread = await scene.startThread('sheds');
    const headers = { Host: ownHost, Origin: ownOrigin, 'X-Forwarded-For': '203.0.113.30' };
    const socket = io(`http://127.0.0.1:${(scene.board.server.address() as AddressInfo).port}`, { transports: ['websocket'], extraHeaders: headers, reconnection: false, forceNew: true });
    const told: string[] = [];
    socket.on('thread:changes', (changes: unknown) => void told.push(JSON.stringify(changes)));
    socket.on('board:changes', (changes: unknown) => void told.push(JSON.stringify(changes)));
    try {
      for (const room of [{ board: 'sheds', thread: thread.thread }, { board: 'sheds' }]) {
        const answer: { ok: boolean } = await socket.timeout(5000).emitWithAck('join', room);
        assert.equal(answer.ok, true);
      }
      for (const round of payloads.keys()) {
        await scene.post(`/sheds/thread/${thread.thread}/reply`, scene.stranger(), { name: words('name', round), body: words('body', round) });
        await scene.startThread('sheds', scene.stranger(), { subject: words('subject', round), body: words('body', round) });
      }
      const isTold = () => payloads.every((_payload, round) => (['name', 'body'] as const).every((field) => told.some((text) => text.includes(sign(field, round)))));
      for (let wait = 0; wait < 100 && !isTold(); wait += 1) await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(isTold(), 'every post was told');
      const pages = told.flatMap(toPages);
      assert.ok(pages.length >= payloads.length, `${pages.length} pieces of HTML`);
      for (const page of pages) assert.deepEqual(findForeign(page), []);
    } finally {
      socket.disconnect();
    }
  });

  it('every cell was looked at', () => {
    assert.ok(viewCount >= 20, `${viewCount} views`);
    assert.equal(cells, payloads.length * viewCount * fields.length);
  });
});

/** Writes a payload into every field there is, on a board of its own, and says where it can be seen. */
async function fillBoard(scene: Scene, round: number): Promise<Record<string, View>> {
  const { db, send, shared, stranger, startThread, act } = scene;
  const { moderator, visitor, admin } = shared;
  const slug = `m${round}`;
  const w = (field: Field) => words(field, round);
  // These are set past their doors, which is where what turns the direction of writing is left out.
  const tidy = (field: Field, most: number) => normalizeLine(w(field)).slice(0, most);
  const board = await scene.board.makeBoard(slug, { title: tidy('boardTitle', 60), description: tidy('boardWords', 200) });
  const sectionId = await db.transaction().execute((trx) => insertSection(trx, tidy('section', 60), 50));
  await db.updateTable('boards').set({ section_id: sectionId }).where('id', '=', board.id).execute();
  await scene.board.running.boards.refresh();
  await db.updateTable('staff_roles').set({ board_id: null }).where('staff_id', '=', moderator.staffId).execute();
  const staff = await scene.hire('moderator', { roles: [{ board_id: board.id, role: 'moderator' }] });
  await db.updateTable('staff').set({ name: tidy('staffName', 32) }).where('id', '=', staff.staffId).execute();

  const shown = await postWithFile(scene, slug, { name: w('name'), subject: w('subject'), body: w('body'), alt1: w('alt') }, w('file').replaceAll(/[\\/]/g, ''));
  assert.equal((await send(`/${slug}/post/${shown.no}/report`, visitor, { fields: { reason: 'other', note: w('report') }, headers: ownPage })).status, 200);
  const tombstone = await scene.post(`/${slug}/thread/${shown.thread}/reply`, stranger(), { body: 'plain' });
  await act(staff, { act: 'post.remove', post: String(tombstone.id), reason: w('removal') });
  const gone = await startThread(slug, stranger(), { subject: 'plain' });
  await act(staff, { act: 'post.remove', post: String(gone.id), reason: w('removal') });
  const archived = await startThread(slug, stranger(), { subject: w('subject'), body: 'plain' });
  await act(staff, { act: 'thread.archive', thread: String(archived.threadId) });
  const author = stranger();
  const banned = await startThread(slug, author, { subject: 'plain', body: 'plain' });
  await act(staff, { act: 'author.ban', post: String(banned.id), reason: w('banReason'), note: w('banNote'), duration: '168', scope: 'board' });
  const { id: banId } = await db.selectFrom('bans').select('id').where('post_id', '=', banned.id).executeTakeFirstOrThrow();
  assert.equal((await send(`/bans/${banId}/appeal`, author, { fields: { text: w('appeal') }, headers: ownPage })).status, 303);

  const form = (typed: Record<string, string>): Sending => ({ fields: typed, headers: ownPage });
  const typed = { name: w('name'), subject: w('subject'), body: w('body') };
  const query = encodeURIComponent(w('query'));
  const see = (path: string, shows: string, over: Partial<View> = {}): View => ({ who: visitor, path, status: 200, shows: toFields(shows), ...over });
  const path = `/${slug}/thread/${shown.thread}`;
  return {
    home: see('/', 'frame subject body'),
    index: see(`/${slug}/`, 'frame name subject body file alt boardWords'),
    catalog: see(`/${slug}/catalog`, 'frame subject body'),
    'catalog, searched': see(`/${slug}/catalog?q=${query}`, 'frame query'),
    archive: see(`/${slug}/archive`, 'frame subject'),
    thread: see(path, 'frame name subject body file alt removal'),
    'thread, just posted': see(`${path}?posted=${shown.no}`, 'frame name subject body file alt removal'),
    updates: see(`${path}/updates?since=0`, 'name body file alt removal'),
    reply: see(`${path}/reply?quote=${shown.no}`, 'frame name subject body file alt'),
    'post and its forms': see(`/${slug}/post/${shown.no}`, 'frame name body file alt'),
    'refused report': see(`/${slug}/post/${shown.no}/report`, 'frame name body file alt report', { sending: form({ note: w('report') }), status: 422 }),
    'removed thread': see(`/${slug}/thread/${gone.thread}`, 'frame removal', { status: 410 }),
    'refused form': see(`/${slug}/thread`, 'frame name subject body', { sending: form({ ...typed, password: 'x'.repeat(101) }), status: 422 }),
    'refused form as JSON': see(`/${slug}/thread`, '', { sending: { ...form({ ...typed, body: '' }), headers: { ...ownPage, Accept: 'application/json' } }, status: 422 }),
    'barred poster': see(`/${slug}/thread`, 'frame subject body banReason banNote appeal', { who: author, sending: form(typed), status: 403 }),
    ban: see(`/bans/${banId}`, 'frame banReason banNote appeal', { who: author }),
    'refused appeal': see(`/bans/${banId}/appeal`, 'frame banReason banNote appeal', { who: author, sending: form({ text: w('appeal') }), status: 409 }),
    'public log': see(`/log?board=${slug}`, 'frame banReason removal'),
    'log of no board': see(`/log?board=${query}`, 'frame', { status: 404 }),
    'no such place': see(`/${query}/x/y`, 'frame', { status: 404 }),
    'mod queue': see(`/mod/queue?case=${shown.id}`, 'frame name subject body file alt report removal appeal staffName', { who: staff }),
    'mod queue, appeal': see(`/mod/queue?case=a${banId}`, 'frame body banReason appeal staffName', { who: staff }),
    'mod queue, list': see('/mod/queue/list', 'body appeal', { who: staff }),
    'mod board': see(`/mod/${slug}/`, 'frame subject removal staffName', { who: staff }),
    'mod thread': see(`/mod/${slug}/thread/${shown.thread}`, 'frame name subject body file alt report removal staffName', { who: staff }),
    'mod log': see(`/mod/log?board=${slug}`, 'frame banReason banNote removal staffName', { who: staff }),
    'refused act': see('/mod/act', 'frame banReason banNote staffName', { who: staff, sending: form({ form_token: staff.formToken, act: 'author.ban', post: String(shown.id), reason: w('banReason'), note: w('banNote') }), status: 422 }),
    'refused answer': see(`/mod/appeals/${banId}/answer`, 'frame body banReason removal appeal staffName', { who: staff, sending: form({ form_token: staff.formToken, answer: w('removal') }), status: 422 }),
    login: see('/mod/login', 'frame login', { who: stranger(), sending: form({ name: w('login'), password: 'x' }), status: 401 }),
    account: see('/mod/account', 'frame staffName', { who: staff }),
    'staff list': see('/mod/staff', 'frame staffName', { who: admin }),
    'staff member': see(`/mod/staff/${staff.staffId}`, 'frame staffName', { who: admin }),
  };
}

/** The fields of a list; the frame of every page lists the boards with their titles. */
function toFields(list: string): Field[] {
  const asked = new Set(list.replace('frame', 'boardTitle section').split(' '));
  return fields.filter((field) => asked.has(field));
}

async function postWithFile(scene: Scene, slug: string, typed: Record<string, string>, fileName: string): Promise<Target> {
  const form = new FormData();
  for (const [field, value] of Object.entries({ form_id: randomUUID(), ...typed })) form.append(field, value);
  form.append('files', new Blob([png]), fileName);
  const encoded = new Response(form);
  const headers = { ...ownPage, Accept: 'application/json', 'Content-Type': String(encoded.headers.get('content-type')) };
  const answer = await scene.send(`/${slug}/thread`, scene.stranger(), { method: 'POST', body: Buffer.from(await encoded.arrayBuffer()), headers });
  assert.equal(answer.status, 201, answer.text);
  const { thread, no }: { thread: number; no: number } = JSON.parse(answer.text);
  const row = await scene.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select(['p.id', 'p.thread_id']).where('b.slug', '=', slug).where('p.no', '=', no).executeTakeFirstOrThrow();
  return { id: row.id, no, threadId: row.thread_id, thread, slug };
}
