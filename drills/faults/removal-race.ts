import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../src/db/tables.js';
import { hireStaff } from '../../tests/support/hire-staff.js';
import type { Drill, DrillReport } from '../drill.js';
import { sendForm } from '../support/ask.js';
import { checkBoard, sayCheck, toFaults } from './check-board.js';
import { findBrokenLinks } from './check-links.js';
import { createSender, type Entry, makeReplyEntry, makeThreadEntry, startThreads } from './ledger.js';
import { type BoardHere, type Kind, makePlace, twoHours } from './place.js';

export const removalRace: Drill = {
  name: 'removal-race',
  group: 'faults',
  what: 'replies, new threads, deletions, removals, their undoing and threads that fall or drop replies race for the same posts',
  options: { operations: 'how many on PostgreSQL; 10000 by default' },
  async run(options, say) {
    const operations = Number(options['operations'] ?? 10_000);
    const reports = [await raceRemovals('postgres', { workers: 40, operations }), await raceRemovals('embedded', { workers: 20, operations: Math.ceil(operations / 5) })];
    for (const { figures } of reports) say(figures.join('; '));
    return { figures: reports.flatMap(({ figures }) => figures), faults: reports.flatMap(({ faults }) => faults) };
  },
};

type Operation = 'reply' | 'start' | 'take back' | 'remove' | 'undo' | 'archive' | 'tidy';

/** How often each is done, of a hundred. */
const shares: readonly [Operation, number][] = [['reply', 55], ['start', 5], ['take back', 12], ['remove', 14], ['undo', 10], ['archive', 3], ['tidy', 1]];
const threadCount = 12;
/** These are pinned, so that they do not fall; what is too much for them drops their oldest replies. */
const cyclicalCount = 2;
/** So few that threads fill up. */
const limits = { max_threads: threadCount, bump_limit: 12, reply_limit: 20 };
/** This share may be told to try again in a moment: forty that write in a dozen threads wait for each other longer than anybody should. */
const mostBusy = 0.005;
/** Most of what is written answers one of the latest posts, so that removals and quotes meet. */
const latest = 40;

interface Race {
  board: BoardHere;
  db: Kysely<Tables>;
  sender: ReturnType<typeof createSender>;
  staff: { cookie: string; token: string }[];
  /** Posts that were acknowledged and are to be there at the end. */
  ledger: Set<Entry>;
  posts: Entry[];
  /** The cyclical ones first. */
  threads: number[];
  /** Acts that may be undone. */
  acts: number[];
  done: Map<string, number>;
  odd: string[];
}

/** Lets everything that makes posts vanish or come back race with what makes new ones, then holds what is left against itself. */
export async function raceRemovals(kind: Kind, size: { workers: number; operations: number }): Promise<DrillReport> {
  const place = await makePlace(kind);
  const board = await place.openHere();
  const { db } = board.running.database;
  const sender = createSender(board.url);
  try {
    const race = await prepareRace(board, sender);
    let left = size.operations;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        await operate(race);
      }
    };
    await Promise.all(Array.from({ length: size.workers }, worker));
    const ended = await countEnds(db);
    board.pass(twoHours);
    await board.running.background.runAll();
    const check = await checkBoard(db, place.dataDir, await toFinalLedger(race));
    const links = await findBrokenLinks(db, sender);
    const circles = kind === 'postgres' ? await countCircles(db) : 0;
    const busy = [...race.done].reduce((sum, [what, count]) => sum + (what.endsWith(' 503') ? count : 0), 0);
    const done = [...race.done].sort().map(([what, count]) => `${what} ${count}`).join(', ');
    return {
      figures: [`${kind}: ${size.operations} operations (${done}); told to try again ${busy}; archived ${ended.archived}, cycled ${ended.cycled}; pages ${links.pages}, links ${links.links}, ${links.toRemoved} of them into threads that staff removed, broken ${links.broken.length}; circles that the server broke up ${circles}; ${sayCheck(check)}`],
      faults: [
        ...toFaults(check),
        ...(busy > size.operations * mostBusy ? [`${busy} were told to try again`] : []),
        ...(circles > 0 ? [`${circles} times several waited for each other in a circle`] : []),
        ...(race.odd.length > 0 ? [`${race.odd.length} answers were none for a visitor: ${race.odd.slice(0, 3).join('; ')}`] : []),
        ...(links.broken.length > 0 ? [`${links.broken.length} links lead nowhere: ${links.broken.slice(0, 3).join('; ')}`] : []),
        ...(await findWrongOrder(db, sender)),
        ...findMissing({ ...ended, links: links.links, deleted: race.done.get('take back 303') ?? 0, removed: race.done.get('remove 303') ?? 0, undone: race.done.get('undo 303') ?? 0 }),
      ],
    };
  } finally {
    sender.close();
    await board.running.close();
    await place.remove();
  }
}

async function prepareRace(board: BoardHere, sender: Race['sender']): Promise<Race> {
  const { db } = board.running.database;
  await db.updateTable('boards').set(limits).where('slug', '=', 'b').execute();
  await board.running.boards.refresh();
  const hired = await Promise.all(['ada', 'bea'].map((name) => hireStaff(db, board.running.server, new Date(), name, [{ boardId: null, role: 'moderator' }])));
  const { threads, entries } = await startThreads(sender, 'b', threadCount);
  const cyclical = threads.slice(0, cyclicalCount).map(({ no }) => no);
  await db.updateTable('threads').set({ is_cyclical: true, is_sticky: true }).where('no', 'in', cyclical).execute();
  const staff = hired.map(({ cookie, member }) => ({ cookie, token: member.session.formToken }));
  return { board, db, sender, staff, ledger: new Set(entries), posts: [], threads: threads.map(({ no }) => no), acts: [], done: new Map(), odd: [] };
}

const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(Math.random() * from.length)];

async function operate(race: Race): Promise<void> {
  let at = Math.random() * 100;
  const [operation] = shares.find(([, share]) => (at -= share) < 0) ?? ['reply'];
  const status = await operations[operation](race);
  if (status === undefined) return;
  // Told to try again in a moment, or that it is gone, is an answer; a fault of ours, as a deadlock would be, is none.
  if ((status >= 500 && status !== 503) || status === 0) race.odd.push(`${operation}: ${status}`);
  const name = `${operation} ${status}`;
  race.done.set(name, (race.done.get(name) ?? 0) + 1);
}

/** Each answers with a status, or with nothing when there was nothing to do it to. */
const operations: Readonly<Record<Operation, (race: Race) => Promise<number | undefined>>> = {
  async reply(race) {
    const quoted = Math.random() < 0.6 ? pick(race.posts.slice(-latest))?.place?.no : undefined;
    const threads = Math.random() < 0.3 ? race.threads.slice(0, cyclicalCount) : race.threads;
    return send(race, makeReplyEntry({ slug: 'b', no: pick(threads) ?? 0 }, quoted));
  },
  async start(race) {
    const entry = makeThreadEntry('b');
    const status = await send(race, entry);
    if (entry.place !== undefined) race.threads.splice(cyclicalCount + Math.floor(Math.random() * (race.threads.length - cyclicalCount)), 1, entry.place.no);
    return status;
  },
  async 'take back'(race) {
    const entry = pick(race.posts.slice(-latest));
    if (entry === undefined) return undefined;
    race.ledger.delete(entry);
    return race.sender.deletePost(entry);
  },
  async remove(race) {
    const no = pick(race.posts.slice(-latest))?.place?.no ?? 0;
    const post = await race.db.selectFrom('posts').select('id').where('no', '=', no).where('board_id', '=', boardOf(race.db)).executeTakeFirst();
    return post === undefined ? undefined : act(race, '/mod/act', { act: 'post.remove', post: String(post.id), reason: 'Tried out' });
  },
  async undo(race) {
    const log = race.acts.splice(Math.floor(Math.random() * race.acts.length), 1)[0];
    return log === undefined ? undefined : act(race, '/mod/undo', { log: String(log) });
  },
  async archive(race) {
    const thread = await race.db.selectFrom('threads').select(['id', 'archived_at']).where('no', '=', pick(race.threads) ?? 0).executeTakeFirst();
    return thread === undefined ? undefined : act(race, '/mod/act', { act: thread.archived_at === null ? 'thread.archive' : 'thread.unarchive', thread: String(thread.id) });
  },
  async tidy(race) {
    await race.board.running.background.runAll();
    return undefined;
  },
};

const boardOf = (db: Kysely<Tables>) => db.selectFrom('boards').select('id').where('slug', '=', 'b');

async function send(race: Race, entry: Entry): Promise<number> {
  await race.sender.send(entry);
  if (entry.outcome === 'acknowledged') {
    race.ledger.add(entry);
    race.posts.push(entry);
  }
  return entry.status;
}

/** One of two moderators does it, so that they meet. */
async function act(race: Race, path: string, fields: Record<string, string>): Promise<number> {
  const member = pick(race.staff);
  if (member === undefined) throw new Error('staff was hired');
  const { status, headers } = await sendForm(race.board.url, path, { form_token: member.token, ...fields }, { headers: { Cookie: member.cookie, Accept: 'text/html' } });
  const log = /done=(\d+)/.exec(String(headers['location']))?.[1];
  if (log !== undefined && path === '/mod/act') race.acts.push(Number(log));
  return status;
}

/** Whether a number leads to a post is decided while it is written, so how many quotes a post holds is not known to its sender. */
async function toFinalLedger({ ledger, db }: Race): Promise<Entry[]> {
  const { rows } = await sql<{ no: number; count: number }>`
    select p.no, (select count(*) from quotes q where q.post_id = p.id) as count from posts p join boards b on b.id = p.board_id where b.slug = 'b'`.execute(db);
  const counts = new Map(rows.map(({ no, count }) => [no, count]));
  return [...ledger].map((entry) => ({ ...entry, quoteCount: Math.min(entry.quoteCount, counts.get(entry.place?.no ?? 0) ?? 0) }));
}

async function countEnds(db: Kysely<Tables>): Promise<{ archived: number; cycled: number }> {
  const { rows } = await sql<{ archived: number; cycled: number }>`
    select (select count(*) from threads where archived_at is not null) as archived, (select count(*) from posts where removed_as = 'cycled') as cycled`.execute(db);
  return rows[0] ?? { archived: 0, cycled: 0 };
}

async function countCircles(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select deadlocks as count from pg_stat_database where datname = current_database()`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The catalog against a recount: pinned threads first, then by the last bump that can still be seen. */
async function findWrongOrder(db: Kysely<Tables>, sender: Race['sender']): Promise<string[]> {
  const { rows } = await sql<{ no: number }>`
    select t.no from threads t join boards b on b.id = t.board_id
    where b.slug = 'b' and t.removed_at is null and t.archived_at is null
      and exists (select 1 from posts o where o.thread_id = t.id and o.is_op and o.removed_at is null)
    order by t.is_sticky desc, (select max(p.no) from posts p where p.thread_id = t.id and (p.is_op or (p.has_bumped and p.removed_at is null))) desc`.execute(db);
  const { text } = await sender.get('/b/catalog');
  const shown = [...new Set([...text.matchAll(/href="\/b\/thread\/(\d+)"/g)].map(([, no]) => Number(no)))];
  const expected = rows.map(({ no }) => no);
  const isSame = shown.filter((no) => expected.includes(no)).join() === expected.join();
  return isSame ? [] : [`the catalog shows ${shown.join(' ')} in place of ${expected.join(' ')}`];
}

/** What did not happen was not tried. */
const findMissing = (counts: Record<string, number>): string[] =>
  Object.entries(counts).filter(([, count]) => count === 0).map(([what]) => `nothing of this happened: ${what}; this tried less than it says`);
