import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Board } from '../../src/boards/board.js';
import type { Role } from '../../src/db/tables.js';
import { hashPassword } from '../../src/staff/passwords.js';
import { createRecoveryCodes, hashRecoveryCode } from '../../src/staff/recovery-codes.js';
import { createSecondFactorSecret, sealSecret } from '../../src/staff/second-factor.js';
import { createSessionId, hashSessionId } from '../../src/staff/session-cookie.js';
import { createLocalMediaStorage, newMediaName, toThumbName } from '../../src/uploads/media-storage.js';
import { openTestBoard, type TestBoard } from './test-board.js';

/** Who may stand before a door. `foreign` moderates the other board; `half` has typed the password, but no code yet. */
export const people = ['visitor', 'banned', 'janitor', 'moderator', 'foreign', 'admin', 'disabled', 'half'] as const;
export type PersonName = (typeof people)[number];
/** What a door is about: something on the board of janitor and moderator, on the other one, or nothing that there is. */
export const places = ['own', 'other', 'missing'] as const;
export type Place = (typeof places)[number];

export const ownHost = 'board.example';
export const ownOrigin = `https://${ownHost}`;
export const password = 'seven sparrows in a ditch';

/** Somebody at a door. `from` is his address; visitors have neither cookie nor token. */
export interface Person {
  from: string;
  staffId: number;
  name: string;
  cookie: string;
  formToken: string;
}

/** A form on its way; `GET` without `fields`. */
export interface Sending {
  method?: string;
  headers?: Record<string, string | undefined>;
  fields?: Record<string, string>;
  /** In place of `fields`. */
  body?: string | Buffer;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Target {
  id: number;
  no: number;
  threadId: number;
  thread: number;
  slug: string;
}

export interface Scene extends Awaited<ReturnType<typeof openScene>> {}

/** What the forms of the board itself bring along. */
export const ownPage = { Origin: ownOrigin, 'Sec-Fetch-Site': 'same-origin' };

const bannedAddress = '203.0.113.66';

/**
 * The whole board behind a proxy, under a public name, with two boards, people of every kind and everything that can be asked for. The
 * board of `own` is sheds, of `other` quays; the banned poster is banned from sheds.
 */
export async function openScene() {
  const board = await openTestBoard({ settings: { PUBLIC_ORIGIN: ownOrigin, TRUSTED_PROXIES: '127.0.0.1' } });
  try {
    return await setScene(board);
  } catch (error) {
    await board.close();
    throw error;
  }
}

async function setScene(board: TestBoard) {
  const { db } = board;
  const sheds = await board.makeBoard('sheds');
  const quays = await board.makeBoard('quays');
  const passwordHash = await hashPassword(password);
  const sealingKey = await readFile(join(board.dataDir, 'keys/sealing.key'));
  let count = 0;
  const next = () => (count += 1);

  /** Sends a request as it is written, without any library that would tidy its path. */
  function send(path: string, who: Pick<Person, 'from' | 'cookie'>, sending: Sending = {}): Promise<Answer> {
    const { port } = board.server.address() as AddressInfo;
    const body = sending.body ?? (sending.fields === undefined ? undefined : new URLSearchParams(sending.fields).toString());
    const given: Record<string, string | undefined> = {
      Host: ownHost,
      'X-Forwarded-For': who.from,
      Cookie: who.cookie === '' ? undefined : who.cookie,
      'Content-Type': sending.fields === undefined ? undefined : 'application/x-www-form-urlencoded',
      'Content-Length': body === undefined ? undefined : String(Buffer.byteLength(body)),
      ...sending.headers,
    };
    const headers = Object.fromEntries(Object.entries(given).filter((header): header is [string, string] => header[1] !== undefined));
    return new Promise((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port, path, method: sending.method ?? (body === undefined ? 'GET' : 'POST'), headers, agent: false }, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (part: string) => (text += part));
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
      });
      req.on('error', reject).end(body);
    });
  }

  const toVisitor = (from: string): Person => ({ from, staffId: 0, name: '', cookie: '', formToken: '' });
  const stranger = () => toVisitor(`198.51.${100 + Math.floor(next() / 250)}.${1 + (count % 250)}`);

  /** An account of its own, logged in. */
  async function hire(kind: PersonName, over: { roles?: { board_id: number | null; role: Role }[]; hasSecondFactor?: boolean } = {}): Promise<Person> {
    const name = `Person ${next()}`;
    const now = board.now();
    const hasSecondFactor = over.hasSecondFactor ?? true;
    const { id } = await db
      .insertInto('staff')
      .values({
        name, name_key: name.toLowerCase(), password_hash: passwordHash, created_at: now, disabled_at: kind === 'disabled' ? now : null,
        totp_enabled_at: hasSecondFactor ? now : null, totp_sealed: hasSecondFactor ? Buffer.alloc(1) : null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    // Under the board's own key: a code that is typed is held against it.
    if (hasSecondFactor) await db.updateTable('staff').set({ totp_sealed: sealSecret(sealingKey, id, createSecondFactorSecret()) }).where('id', '=', id).execute();
    const roles = over.roles ?? rolesOf(kind);
    if (roles.length > 0) await db.insertInto('staff_roles').values(roles.map((role) => ({ ...role, staff_id: id }))).execute();
    return { from: '203.0.113.20', staffId: id, name, ...(await openSession(id, kind !== 'half')) };
  }

  function rolesOf(kind: PersonName): { board_id: number | null; role: Role }[] {
    if (kind === 'admin') return [{ board_id: null, role: 'admin' }];
    return [{ board_id: kind === 'foreign' ? quays.id : sheds.id, role: kind === 'janitor' ? 'janitor' : 'moderator' }];
  }

  async function openSession(staffId: number, isComplete = true): Promise<{ cookie: string; formToken: string }> {
    const id = createSessionId();
    const formToken = createSessionId();
    const at = board.now();
    const times = { created_at: at, last_seen_at: at, expires_at: new Date(at.getTime() + 12 * 3_600_000) };
    await db.insertInto('staff_sessions').values({ id_hash: hashSessionId(id), staff_id: staffId, form_token: formToken, is_complete: isComplete, ...times }).execute();
    return { cookie: `__Host-staff=${id}`, formToken };
  }

  async function startThread(slug: string, from: Person = stranger(), typed: Record<string, string> = {}): Promise<Target> {
    return post(`/${slug}/thread`, from, { subject: 'A thread', body: 'The first words.', ...typed });
  }

  async function post(path: string, from: Person, typed: Record<string, string>): Promise<Target> {
    const answer = await send(path, from, { fields: { form_id: randomUUID(), ...typed }, headers: { ...ownPage, Accept: 'application/json' } });
    assert.equal(answer.status, 201, answer.text);
    const { board: slug, thread, no }: { board: string; thread: number; no: number } = JSON.parse(answer.text);
    const row = await db.selectFrom('posts as p').innerJoin('boards as b', 'b.id', 'p.board_id').select(['p.id', 'p.thread_id']).where('b.slug', '=', slug).where('p.no', '=', no).executeTakeFirstOrThrow();
    return { id: row.id, no, threadId: row.thread_id, thread, slug };
  }

  /** Does an act as the forms of staff do, and answers with its number in the log. */
  async function act(who: Person, fields: Record<string, string>): Promise<number> {
    const answer = await send('/mod/act', who, { fields: { form_token: who.formToken, reason: 'Off topic', ...fields }, headers: ownPage });
    assert.equal(answer.status, 303, answer.text);
    return Number(/done=(\d+)/.exec(String(answer.headers.location))?.[1]);
  }

  /** Gives a post a picture in the public place, where those of removed posts are for a moment too. */
  async function addPicture(target: Target): Promise<string> {
    const name = newMediaName('jpg');
    const storage = createLocalMediaStorage({ dir: join(board.dataDir, 'media'), now: board.now });
    for (const each of [name, toThumbName(name)]) {
      const path = join(board.dataDir, `picture-${each}`);
      await writeFile(path, 'bytes of a picture');
      await storage.put(path, each);
    }
    const size = { bytes: 18, width: 600, height: 400, thumb_width: 200, thumb_height: 133 };
    await db.insertInto('uploads').values({ post_id: target.id, position: 0, name, thumb_name: toThumbName(name), original_name: 'beds.jpg', type: 'jpeg', ...size }).execute();
    return name;
  }

  async function ban(target: Target, by = shared.admin): Promise<number> {
    await act(by, { act: 'author.ban', post: String(target.id), duration: '168', scope: 'board' });
    const row = await db.selectFrom('bans').select('id').where('post_id', '=', target.id).executeTakeFirstOrThrow();
    return row.id;
  }

  /** Everything the database holds, as one number; when somebody of the staff was last seen does not count. */
  async function takeFingerprint(): Promise<string> {
    const found = await fingerprint.execute(db);
    return found.rows[0]?.all ?? '';
  }

  const shared = {
    visitor: toVisitor('203.0.113.10'),
    banned: toVisitor(bannedAddress),
    janitor: await hire('janitor'),
    moderator: await hire('moderator'),
    foreign: await hire('foreign'),
    admin: await hire('admin'),
    disabled: await hire('disabled'),
    half: await hire('half'),
  } satisfies Record<PersonName, Person>;
  const standing = { own: await startThread('sheds'), other: await startThread('quays') };
  const ownBan = await ban(await startThread('sheds', shared.banned));
  const otherBan = await ban(await startThread('quays'));

  const media: Record<Place, string> = { own: await addPicture(standing.own), other: await addPicture(standing.other), missing: newMediaName('jpg') };

  return {
    board, db, sheds, quays, shared, standing, ownBan, otherBan, send, hire, openSession, stranger, startThread, post, act, ban, takeFingerprint,
    /** One of a kind: the same person for reading, a new account for what could end a session. */
    bring: async (kind: PersonName, isNew: boolean): Promise<Person> => (!isNew || kind === 'visitor' || kind === 'banned' ? shared[kind] : hire(kind)),
    boardOf: (place: Exclude<Place, 'missing'>): Board => (place === 'own' ? sheds : quays),
    /** A code that logs a person in once, in place of his authenticator. */
    async giveRecoveryCode(person: Person): Promise<string> {
      const [code = ''] = createRecoveryCodes();
      await db.insertInto('staff_recovery_codes').values({ staff_id: person.staffId, code_hash: hashRecoveryCode(code) }).execute();
      return code;
    },
    media,
    asset: /href="(\/assets\/quoth-[\w-]+\.css)"/.exec((await send('/about', shared.visitor)).text)?.[1] ?? '',
    /** A warning for the poster of a ban, which is read: it bars nobody from the other rows. */
    async warn(banId: number): Promise<number> {
      const { id: _id, kind: _kind, log_id: _log, seen_at: _seen, ...row } = await db.selectFrom('bans').selectAll().where('id', '=', banId).executeTakeFirstOrThrow();
      await db.updateTable('bans').set({ seen_at: board.now() }).where('kind', '=', 'warning').execute();
      return (await db.insertInto('bans').values({ ...row, kind: 'warning' }).returning('id').executeTakeFirstOrThrow()).id;
    },
    close: () => board.close(),
  };
}

const tables = ['board_sections', 'boards', 'threads', 'posts', 'uploads', 'quotes', 'post_aliases', 'form_keys', 'post_origins', 'staff', 'staff_roles', 'staff_recovery_codes', 'reports', 'mod_log', 'bans'];
const sums = tables.map((table) => `(select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from ${table} t)`);
const sessionSum = "(select coalesce(md5(string_agg(encode(id_hash, 'hex') || form_token, '|' order by form_token)), '') from staff_sessions)";
const fingerprint = sql.raw<{ all: string }>(`select ${[...sums, sessionSum].join(" || ',' || ")} as all`);
