import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { JoinAnswer } from '../src/realtime/events.js';
import type { BoardChange, ThreadChanges, ThreadPush } from '../src/threads/thread.js';
import { openTestBoard, type Posted, type TestBoard } from './support/test-board.js';

/** What open pages are told, by real socket clients. */
describe('live delivery', () => {
  let board: TestBoard;
  const sockets: Socket[] = [];

  before(async () => {
    board = await openTestBoard();
    await board.makeBoard('quay');
    await board.makeBoard('other');
  });
  after(async () => {
    for (const socket of sockets) socket.disconnect();
    await board.close();
  });

  function connect(options: Partial<ManagerOptions & SocketOptions> = {}, namespace = ''): Socket {
    const socket = io(`${board.origin()}${namespace}`, { transports: ['websocket'], extraHeaders: { Origin: board.origin() }, reconnection: false, forceNew: true, ...options });
    sockets.push(socket);
    return socket;
  }
  const join = (socket: Socket, room: object): Promise<JoinAnswer> => socket.timeout(30_000).emitWithAck('join', room);

  /** A reader of a thread: everything it is told, in order. */
  async function follow(thread: Posted) {
    const socket = connect();
    const pushes: ThreadPush[] = [];
    socket.on('thread:changes', (changes: ThreadPush) => pushes.push(changes));
    const answer = await join(socket, { board: thread.board, thread: thread.thread, lang: 'en' });
    assert.equal(answer.ok, true);
    return { socket, pushes, until: (isIt: (changes: ThreadPush) => boolean) => waitFor(() => pushes.find(isIt)) };
  }

  async function followBoard(slug: string) {
    const socket = connect();
    const changes: BoardChange[] = [];
    socket.on('board:changes', (told: BoardChange[]) => changes.push(...told));
    assert.equal((await join(socket, { board: slug })).ok, true);
    return { changes, until: (isIt: (change: BoardChange) => boolean) => waitFor(() => changes.find(isIt)) };
  }

  it('a reply reaches an open thread page without being asked for, as the same HTML that the page shows', async () => {
    const thread = await board.startThread('quay');
    const reader = await follow(thread);
    const reply = await board.reply(thread, 'Fresh from the press.');
    const push = await reader.until((changes) => changes.posts.some((post) => post.no === reply.no));
    const html = push.posts[0]?.html ?? '';
    assert.match(html, /Fresh from the press\./);
    const page = await board.get(`/quay/thread/${thread.thread}`);
    assert.ok(page.text.includes(html));
    assert.equal(push.state.replyCount, 1);
    assert.deepEqual([push.removed, push.backlinks, push.state.fileCount], [undefined, undefined, undefined], 'what is empty is left out: a push goes to every reader');
  });

  it('a quote puts a new backlinks piece on the quoted post, and leaves the post alone', async () => {
    const thread = await board.startThread('quay');
    const reader = await follow(thread);
    const reply = await board.reply(thread, `>>${thread.no}\nSo it is.`);
    const push = await reader.until((changes) => changes.backlinks !== undefined);
    assert.deepEqual(push.posts.map((post) => post.no), [reply.no]);
    assert.deepEqual(push.backlinks?.map((piece) => piece.no), [thread.no]);
    assert.match(push.backlinks?.[0]?.html ?? '', new RegExp(`#p${reply.no}"`));
  });

  it('a quote from another thread reaches the quoted thread too', async () => {
    const quoted = await board.startThread('quay');
    const elsewhere = await board.startThread('other');
    const reader = await follow(quoted);
    const reply = await board.reply(elsewhere, `>>>/quay/${quoted.no} says it well.`);
    const push = await reader.until((changes) => changes.backlinks !== undefined);
    assert.deepEqual(push.posts, []);
    assert.match(push.backlinks?.[0]?.html ?? '', new RegExp(`/other/thread/${elsewhere.thread}#p${reply.no}`));
  });

  it('pushes of a busy thread follow each other without a gap, and carry every post once and in order', async () => {
    const thread = await board.startThread('quay');
    const reader = await follow(thread);
    const replies = await Promise.all(Array.from({ length: 40 }, (_none, index) => board.reply(thread, `Voice ${index} of a crowd.`)));
    const last = Math.max(...replies.map((reply) => reply.no));
    await reader.until((changes) => changes.posts.some((post) => post.no === last));
    await waitFor(() => reader.pushes.flatMap((changes) => changes.posts).length >= 40 || undefined);
    const told = reader.pushes.flatMap((changes) => changes.posts.map((post) => post.no));
    assert.deepEqual(told, [...told].sort((one, other) => one - other), 'in order');
    assert.equal(new Set(told).size, 40);
    for (const [index, changes] of reader.pushes.entries()) if (index > 0) assert.equal(changes.from, reader.pushes[index - 1]?.to);
  });

  it('hundreds of readers of one thread all get every reply, once and in order, and each is counted once', async () => {
    const thread = await board.startThread('quay');
    const readers = await Promise.all(Array.from({ length: 300 }, () => follow(thread)));
    const again = await join(readers[0]?.socket ?? connect(), { board: 'quay', thread: thread.thread, lang: 'en' });
    assert.deepEqual(again, { ok: true, readers: 300 });
    const replies: Posted[] = [];
    for (let index = 0; index < 5; index += 1) replies.push(await board.reply(thread, `Wave ${index}`));
    for (const reader of readers) await reader.until((changes) => changes.posts.some((post) => post.no === replies.at(-1)?.no));
    for (const { pushes } of readers) assert.deepEqual(pushes.flatMap((push) => push.posts.map((post) => post.no)), replies.map((reply) => reply.no));
    for (const reader of readers.slice(0, 260)) reader.socket.disconnect();
    const last = await board.reply(thread, 'For those who stayed.');
    for (const reader of readers.slice(260)) await reader.until((changes) => changes.posts.some((post) => post.no === last.no));
  });

  it('whoever was away gets exactly what was missed: posts, changed backlinks, removals', async () => {
    const thread = await board.startThread('quay');
    const kept = await board.reply(thread, 'Here before.');
    const page = await board.get(`/quay/thread/${thread.thread}`);
    const since = Number(/data-change="(\d+)"/.exec(page.text)?.[1]);
    const poster = board.open();
    const missed = await poster.reply(thread, `>>${kept.no}\nSaid meanwhile.`);
    const gone = await poster.reply(thread, 'Said and taken back.');
    assert.equal((await poster.send(`/quay/post/${gone.no}/delete`, { what: 'post' })).status, 303);
    const changes: ThreadChanges = (await board.getJson(`/quay/thread/${thread.thread}/updates?since=${since}`)).body;
    assert.deepEqual(changes.posts.map((post) => post.no), [missed.no]);
    assert.deepEqual(changes.removed, [gone.no]);
    assert.deepEqual(changes.backlinks.map((piece) => piece.no), [kept.no]);
    const again: ThreadChanges = (await board.getJson(`/quay/thread/${thread.thread}/updates?since=${changes.to}`)).body;
    assert.deepEqual([again.posts, again.removed, again.backlinks], [[], [], []]);
  });

  it('a removal by staff shows at once as a tombstone with its reason, and its undoing brings the post back', async () => {
    const thread = await board.startThread('quay');
    const reply = await board.reply(thread, 'Buy my seeds.');
    const reader = await follow(thread);
    const staff = await board.hireStaff('Sorrel', [{ boardId: null, role: 'moderator' }]);
    const id = await idOf(thread.board, reply.no);
    const removal = await staff.send('/mod/act', { act: 'post.remove', post: id, reason: 'Advertising' }).set('Origin', board.origin());
    assert.equal(removal.status, 303);
    const push = await reader.until((changes) => changes.posts.some((post) => post.no === reply.no));
    assert.match(push.posts[0]?.html ?? '', /Advertising/);
    assert.ok(!push.posts[0]?.html.includes('Buy my seeds'));
    assert.equal(push.state.replyCount, 0);
    const logId = /done=(\d+)/.exec(String(removal.headers['location']))?.[1] ?? '';
    await staff.send('/mod/undo', { log: logId }).set('Origin', board.origin());
    const back = await reader.until((changes) => changes.from >= push.to && changes.posts.some((post) => post.no === reply.no));
    assert.match(back.posts[0]?.html ?? '', /Buy my seeds/);
    assert.equal(back.state.replyCount, 1);
  });

  it('a thread that is locked, pinned or moved tells its readers so', async () => {
    const thread = await board.startThread('quay');
    const reader = await follow(thread);
    const staff = await board.hireStaff('Teasel', [{ boardId: null, role: 'moderator' }]);
    const act = (fields: Record<string, string | number>) => staff.send('/mod/act', { reason: 'For a test', ...fields }).set('Origin', board.origin());
    const { thread_id: threadId } = await board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select('p.thread_id').where('b.slug', '=', 'quay').where('p.no', '=', thread.no).executeTakeFirstOrThrow();
    await act({ act: 'thread.lock', thread: threadId });
    await reader.until((changes) => changes.state.isLocked === true);
    await act({ act: 'thread.sticky', thread: threadId });
    await reader.until((changes) => changes.state.isSticky === true && changes.state.isLocked === true);
    await act({ act: 'thread.move', thread: threadId, to_board: 'other' });
    const moved = await reader.until((changes) => changes.state.movedTo !== undefined);
    assert.match(moved.state.movedTo ?? '', /^\/other\/thread\/\d+$/);
  });

  it('a board page learns of new and bumped threads, and that a sage reply bumps nothing', async () => {
    const reader = await followBoard('quay');
    const thread = await board.startThread('quay');
    assert.equal((await reader.until((change) => change.thread === thread.thread && change.kind === 'new')).isBumped, true);
    await board.reply(thread, { body: 'Quietly.', sage: 'on' });
    assert.equal((await reader.until((change) => change.kind === 'reply' && change.replyCount === 1)).isBumped, false);
    await board.reply(thread, 'Loudly.');
    assert.equal((await reader.until((change) => change.kind === 'reply' && change.replyCount === 2)).isBumped, true);
  });

  it('a board page learns which replies are gone, and a thread whose OP took its words back leaves it', async () => {
    const reader = await followBoard('quay');
    const poster = board.open();
    const thread = await poster.startThread('quay');
    const reply = await poster.reply(thread, 'Said too soon.');
    await board.reply(thread, 'An answer.');
    assert.equal((await poster.send(`/quay/post/${reply.no}/delete`, { what: 'post' })).status, 303);
    const change = await reader.until((told) => told.thread === thread.thread && told.removed.length > 0);
    assert.deepEqual([change.kind, change.removed, change.replyCount], ['state', [reply.no], 1]);
    assert.equal((await poster.send(`/quay/post/${thread.no}/delete`, { what: 'post' })).status, 303);
    await reader.until((told) => told.thread === thread.thread && told.kind === 'gone');
  });

  it('a thread that is removed takes its backlinks from open pages of other threads, and brings them back', async () => {
    const quoted = await board.startThread('quay');
    const thread = await board.startThread('other');
    const reply = await board.reply(thread, `>>>/quay/${quoted.no} says it well.`);
    const reader = await follow(quoted);
    const staff = await board.hireStaff('Madder', [{ boardId: null, role: 'moderator' }]);
    const { id } = await board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select('p.id').where('b.slug', '=', 'other').where('p.no', '=', thread.no).executeTakeFirstOrThrow();
    const removal = await staff.send('/mod/act', { act: 'post.remove', post: id, reason: 'Off topic' }).set('Origin', board.origin());
    assert.deepEqual((await reader.until((changes) => changes.backlinks !== undefined)).backlinks, [{ no: quoted.no, html: '' }]);
    const logId = /done=(\d+)/.exec(String(removal.headers['location']))?.[1] ?? '';
    await staff.send('/mod/undo', { log: logId }).set('Origin', board.origin());
    await reader.until((changes) => changes.backlinks?.some((piece) => piece.html.includes(`#p${reply.no}"`)) ?? false);
  });

  it('readers of one thread hear nothing of another', async () => {
    const [one, other] = [await board.startThread('quay'), await board.startThread('quay')];
    const reader = await follow(one);
    await board.reply(other, 'Not for you.');
    await board.reply(one, 'For you.');
    await reader.until((changes) => changes.posts.length > 0);
    assert.deepEqual(reader.pushes.map((changes) => changes.thread), reader.pushes.map(() => one.thread));
    assert.ok(reader.pushes.every((changes) => changes.posts.every((post) => post.html.includes('For you.'))));
  });

  it('a push holds nothing but what everybody may see', async () => {
    const thread = await board.startThread('quay');
    const reader = await follow(thread);
    await board.reply(thread, { body: 'With a secret.', name: 'Ann##hunter2', password: 'letmein' });
    const push = await reader.until((changes) => changes.posts.length > 0);
    assert.deepEqual(Object.keys(push).sort(), ['board', 'from', 'posts', 'state', 'thread', 'to']);
    assert.deepEqual(Object.keys(push.posts[0] ?? {}).sort(), ['html', 'no']);
    assert.ok(!JSON.stringify(push).includes('hunter2') && !JSON.stringify(push).includes('letmein'));
  });

  for (const [name, headers] of Object.entries<Record<string, string> | undefined>({
    'another site': { Origin: 'https://evil.example' },
    'a site whose name begins like ours': { Origin: 'http://127.0.0.1.evil.example' },
    'another port': { Origin: 'http://127.0.0.1:1' },
    'no page at all': undefined,
    'a page without an origin': { Origin: 'null' },
    'a name of a stranger that leads to this machine': { Origin: 'http://rebound.example', Host: 'rebound.example' },
  })) {
    it(`a socket opened from ${name} is refused`, async () => {
      const socket = connect({ extraHeaders: headers });
      await assert.rejects(opened(socket));
    });
  }

  it('only websockets are taken', async () => {
    await assert.rejects(opened(connect({ transports: ['polling'] })));
  });

  it('a refused handshake carries the same guards as every other answer', async () => {
    const page = await board.get('/');
    const refused = await board.get('/socket.io/?EIO=4&transport=polling');
    assert.equal(refused.status, 400);
    for (const name of ['content-security-policy', 'x-content-type-options', 'x-frame-options', 'referrer-policy', 'permissions-policy']) {
      assert.equal(refused.headers[name], page.headers[name], name);
    }
  });

  it('a join that is malformed or names nothing is answered so, and harms nobody', async () => {
    const socket = connect();
    for (const room of [{}, null, 7, 'quay', { board: 7 }, { board: '../x' }, { board: 'quay', thread: '1' }, { board: 'quay', thread: -1 }, { board: 'quay', thread: 1e300 }]) {
      assert.deepEqual(await join(socket, room as object), { ok: false, code: 'malformed' });
    }
    assert.deepEqual(await join(socket, { board: 'nowhere' }), { ok: false, code: 'unknown' });
    assert.deepEqual(await join(socket, { board: 'quay', thread: 999_999 }), { ok: false, code: 'unknown' });
    assert.equal((await board.get('/healthz')).status, 200);
  });

  it('a join without an answer to give is no fault', async () => {
    const socket = connect();
    await opened(socket);
    for (const sent of [[], [{ board: 'quay' }], [{ board: 'quay' }, 'not a function']]) socket.emit('join', ...sent);
    assert.equal((await join(socket, { board: 'quay' })).ok, true);
  });

  it('eight rooms at a time are all that one socket gets, however fast it asks', async () => {
    const threads = await Promise.all(Array.from({ length: 12 }, () => board.startThread('quay')));
    const socket = connect();
    await opened(socket);
    const answers = await Promise.all(threads.map((thread) => join(socket, { board: 'quay', thread: thread.thread })));
    assert.equal(answers.filter((answer) => answer.ok).length, 8);
    assert.deepEqual(answers.find((answer) => !answer.ok), { ok: false, code: 'tooMany' });
  });

  it('whoever says anything else is shown the door', async () => {
    const socket = connect();
    await opened(socket);
    socket.emit('thread:changes', { posts: [] });
    await closed(socket);
  });

  it('a flood ends the connection, and others go on', async () => {
    const reader = await follow(await board.startThread('quay'));
    const socket = connect();
    await opened(socket);
    for (let index = 0; index < 100; index += 1) socket.emit('join', { board: 'quay' });
    await closed(socket);
    assert.equal(reader.socket.connected, true);
  });

  it('a message above 16 KiB ends the connection', async () => {
    const socket = connect();
    await opened(socket);
    socket.emit('join', { board: 'x'.repeat(20_000) });
    await closed(socket);
  });

  it('the door of staff is closed to visitors, and tells staff how many cases wait', async () => {
    await assert.rejects(opened(connect({}, '/mod')));
    const staff = await board.hireStaff('Yarrow', [{ boardId: null, role: 'janitor' }]);
    const socket = connect({ extraHeaders: { Origin: board.origin(), Cookie: staff.cookie } }, '/mod');
    const told: number[] = [];
    socket.on('queue:changed', (queue: { openCount: number }) => told.push(queue.openCount));
    await opened(socket);
    const thread = await board.startThread('quay');
    assert.ok((await board.send(`/quay/post/${thread.no}/report`, { reason: 'spam', note: '' })).status < 400);
    await waitFor(() => told.find((count) => count >= 1));
    // Generous: it is asked every few seconds.
    await board.db.deleteFrom('staff_sessions').where('staff_id', '=', staff.member.id).execute();
    const late = new Promise((_resolve, reject) => setTimeout(() => reject(new Error('It is still told.')), 30_000).unref());
    await Promise.race([closed(socket), late]);
  });

  async function idOf(slug: string, no: number): Promise<number> {
    return (await board.db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select('p.id').where('b.slug', '=', slug).where('p.no', '=', no).executeTakeFirstOrThrow()).id;
  }
});

describe('sockets of one client', () => {
  it('are ten at most where posting limits hold', async () => {
    const board = await openTestBoard({ settings: { POSTING_LIMITS: 'on' } });
    const sockets = Array.from({ length: 11 }, () => io(board.origin(), { transports: ['websocket'], extraHeaders: { Origin: board.origin() }, reconnection: false, forceNew: true }));
    try {
      const results = await Promise.allSettled(sockets.map(opened));
      assert.equal(results.filter((result) => result.status === 'fulfilled').length, 10);
    } finally {
      for (const socket of sockets) socket.disconnect();
      await board.close();
    }
  });
});

function opened(socket: Socket): Promise<void> {
  if (socket.connected) return Promise.resolve();
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.disconnected) resolve();
    else socket.once('disconnect', () => resolve());
  });
}

/** Waits until `find` finds something; throws after five seconds. */
async function waitFor<T>(find: () => T | undefined): Promise<T> {
  const until = Date.now() + 5000;
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error('It did not come within five seconds.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
