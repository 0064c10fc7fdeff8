import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { BoardProcess } from '../../tests/support/board-process.js';
import type { Drill, DrillReport } from '../drill.js';
import { type Check, checkBoard, sayCheck, toFaults } from './check-board.js';
import { createSender, type Entry, makeReplyEntry, makeThreadEntry, type Sender, startThreads } from './ledger.js';
import { makePlace, picture, type Place, twoHours, until } from './place.js';

export const crashPoints: Drill = {
  name: 'crash-points',
  group: 'faults',
  what: 'the board is killed (SIGKILL) between the moving of files into place and the commit, and between the commit and the answer',
  options: { kills: 'how often at each of the two points; 100 by default' },
  run: (options, say) => killAtPoints({ kills: Number(options['kills'] ?? 100) }, say),
};

/** Where a board is killed. It is held there from outside, by locks in its PostgreSQL. */
type Point = 'before the commit' | 'before the answer';

/** So many posts with a picture are under way at each kill: most for threads that are there, one that starts its own. */
const postsAtOnce = 3;
/** The lock that commits wait for while somebody holds it. Any number. */
const commitLock = 4711;

/** Forms that were under way at a kill, and which of them had made their posts. */
export interface Pending {
  sent: Entry[];
  stored: ReadonlyMap<string, number>;
}

interface Found extends Pending {
  /** Forms of the kill before, sent once more. */
  again: { count: number; faults: string[] };
  /** Whether it was killed where it should be. */
  isMet: boolean;
  /** Files that were in place when it was killed. */
  fileCount: number;
}

/** Kills a board at both points in turn, sends the same forms once more each time, and looks at files and posts at the end. */
export async function killAtPoints({ kills }: { kills: number }, say: (line: string) => void = () => undefined): Promise<DrillReport> {
  const place = await makePlace('postgres');
  const client = new pg.Client({ connectionString: place.settings['DATABASE_URL'] });
  client.on('error', () => undefined);
  const ledger: Entry[] = [];
  const met = { 'before the commit': 0, 'before the answer': 0 };
  const seen = { orphans: 0, sentAgain: 0, there: 0 };
  const faults: string[] = [];
  let pending: Pending = { sent: [], stored: new Map() };
  try {
    await client.connect();
    await (await place.start()).end('SIGTERM');
    await makeCommitsWait(client);
    for (let round = 1; round <= 2 * kills && faults.length < 4; round += 1) {
      const point: Point = round % 2 === 1 ? 'before the commit' : 'before the answer';
      const { isMet, fileCount, again, ...left } = await killOnce({ place, client, point, ledger, pending });
      pending = left;
      if (isMet) met[point] += 1;
      if (point === 'before the commit') seen.orphans += fileCount;
      if (point === 'before the commit' && left.stored.size > 0) faults.push(`round ${round}: ${left.stored.size} posts were there before their commit`);
      seen.sentAgain += again.count;
      seen.there += left.sent.filter(({ outcome, mark }) => outcome === 'unanswered' && left.stored.has(mark)).length;
      faults.push(...again.faults.map((fault) => `round ${round - 1}: ${fault}`));
      if (round % 20 === 0) say(`${round} kills: at the point ${met['before the commit']} before the commit, ${met['before the answer']} before the answer; ${seen.orphans} files were left`);
    }
    const { check, left, faults: wrong } = await lookAround(place, client, ledger, pending);
    const figure = `${kills} kills at each point; met: ${met['before the commit']} before the commit, with ${seen.orphans} files in place, ${met['before the answer']} before the answer; ${seen.sentAgain} forms sent again, ${seen.there} of them had made their post and were led to it; files without a post before the grace period was over ${left}, afterwards ${check.orphans}; ${sayCheck(check)}`;
    return { figures: [figure], faults: [...faults, ...wrong, ...toFaults(check), ...findUntried(kills, met, seen, left)] };
  } finally {
    await client.end().catch(() => undefined);
    await place.remove();
  }
}

/** Kills that did not come where they should, and files that no kill left behind: then this tried less than it says. */
export function findUntried(kills: number, met: Record<Point, number>, seen: { orphans: number }, left: number): string[] {
  return [
    ...(met['before the commit'] < kills ? [`only ${met['before the commit']} of ${kills} kills came before the commit`] : []),
    ...(met['before the answer'] < kills ? [`only ${met['before the answer']} of ${kills} kills came before the answer`] : []),
    ...(seen.orphans === 0 || left < seen.orphans ? [`${seen.orphans} files were left behind by the kills, and ${left} of them were found before the grace period was over`] : []),
  ];
}

async function killOnce({ place, client, point, ledger, pending }: { place: Place; client: pg.Client; point: Point; ledger: Entry[]; pending: Pending }): Promise<Found> {
  const board = await place.start();
  const sender = createSender(board.url);
  try {
    const again = await sendAgain(sender, pending);
    const { threads, entries } = await startThreads(sender, 'b', postsAtOnce - 1);
    const file = await picture();
    const sent = [...threads.map((thread) => makeReplyEntry(thread, thread.no, [file])), makeThreadEntry('b', [file])];
    ledger.push(...entries, ...sent);
    const before = await countFiles(place);
    const kill = point === 'before the commit' ? killBeforeCommit : killBeforeAnswer;
    await kill({ board, sender, client, sent });
    const stored = await findStored(client, sent);
    const isMet = sent.every(({ outcome }) => outcome === 'unanswered') && stored.size === (point === 'before the commit' ? 0 : sent.length);
    return { sent, stored, again, isMet, fileCount: (await countFiles(place)) - before };
  } finally {
    sender.close();
    await board.end('SIGKILL');
  }
}

interface Scene {
  board: BoardProcess;
  sender: Sender;
  client: pg.Client;
  sent: Entry[];
}

/** Somebody else holds the table of files, so that each post waits with its files in place. Then the board dies, and after it the lock. */
async function killBeforeCommit({ board, sender, client, sent }: Scene): Promise<void> {
  await client.query('begin');
  await client.query('lock table uploads in share mode');
  const sending = Promise.all(sent.map((entry) => sender.send(entry)));
  try {
    await until('all posts wait for the lock', async () => (await countWaiting(client)) >= sent.length);
    await board.end('SIGKILL');
  } finally {
    await client.query('rollback');
  }
  await sending;
  await settle(client);
}

/** The commits wait, too, until the board stands still (SIGSTOP). Then they go through, and the board dies without having heard of it. */
async function killBeforeAnswer({ board, sender, client, sent }: Scene): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [commitLock]);
  const sending = Promise.all(sent.map((entry) => sender.send(entry)));
  try {
    await until('all posts wait for their commit', async () => (await countWaiting(client)) >= sent.length);
    board.signal('SIGSTOP');
  } finally {
    await client.query('select pg_advisory_unlock($1)', [commitLock]);
  }
  await until('all posts are committed', async () => (await findStored(client, sent)).size === sent.length);
  await board.end('SIGKILL');
  await sending;
  await settle(client);
}

/** A deferred constraint is looked at when a transaction commits, and this one is kept as soon as nobody holds the lock. */
async function makeCommitsWait(client: pg.Client): Promise<void> {
  await client.query(`create function wait_at_commit() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(${commitLock}); return null; end $$`);
  await client.query('create constraint trigger wait_at_commit after insert on posts deferrable initially deferred for each row execute function wait_at_commit()');
}

async function countWaiting(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>("select count(*)::int as count from pg_locks where (relation = 'uploads'::regclass or locktype = 'advisory') and not granted");
  return rows[0]?.count ?? 0;
}

/** The server ends what a dead board had begun as soon as it sees that nobody is there. */
async function settle(client: pg.Client): Promise<void> {
  await until('the transactions of the dead board are gone', async () => {
    const { rows } = await client.query("select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' limit 1");
    return rows.length === 0;
  });
}

/** Which of these are there, by their marks, with their numbers. */
async function findStored(client: pg.Client, sent: readonly Entry[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ no: string; mark: string }>("select no, substring(body from 'm[0-9a-z]+x[0-9a-z]+z') as mark from posts where id > (select max(id) - 50 from posts)");
  return new Map(rows.filter(({ mark }) => sent.some((entry) => entry.mark === mark)).map(({ no, mark }) => [mark, Number(no)]));
}

async function countFiles({ dataDir }: Place): Promise<number> {
  const entries = await readdir(join(dataDir, 'media'), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
}

/** The same forms, to the board as it comes back: each leads to one post, and to the one that was there if it was. */
export async function sendAgain(sender: Pick<Sender, 'send'>, { sent, stored }: Pending): Promise<{ count: number; faults: string[] }> {
  const faults: string[] = [];
  const again = sent.filter(({ outcome }) => outcome !== 'acknowledged');
  for (const entry of again) {
    await sender.send(entry);
    const before = stored.get(entry.mark);
    if (entry.outcome !== 'acknowledged') faults.push(`a form sent again was answered with ${entry.status} ${entry.failure} ${entry.text.slice(0, 200)}`);
    else if (before !== undefined && before !== entry.place?.no) faults.push(`a form that had made ${before} was led to ${entry.place?.no}`);
  }
  return { count: again.length, faults };
}

/** Sends the last forms again, then sweeps before and after the grace period is over. */
async function lookAround(place: Place, client: pg.Client, ledger: readonly Entry[], pending: Pending): Promise<{ check: Check; left: number; faults: string[] }> {
  const board = await place.openHere();
  const sender = createSender(board.url);
  try {
    const { db } = board.running.database;
    const { faults } = await sendAgain(sender, pending);
    await board.running.background.runAll();
    const { rows } = await client.query<{ count: number }>('select 2 * count(*)::int as count from uploads');
    const left = (await countFiles(place)) - (rows[0]?.count ?? 0);
    board.pass(twoHours);
    await board.running.background.runAll();
    return { check: await checkBoard(db, place.dataDir, ledger), left, faults };
  } finally {
    sender.close();
    await board.running.close();
  }
}
