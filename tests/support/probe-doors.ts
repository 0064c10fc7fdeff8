import pg from 'pg';
import { ownPage, type Person, type Scene } from './access-scene.js';
import { changingDoors, type Door, readingDoors, toRoute } from './doors.js';

/** No word of the board; it stands in every probe, so that a statement which took a probe for more than a value can be told by it. */
export const marker = 'zqx7';

/** What could be taken for more than a value, or for another kind of value, by how it stands in an address or a form: after `name=`. */
const values = [
  `${marker}'`, `${marker}"`, `${marker}' or '1'='1`, `${marker}'; drop table posts; --`, `1) union select '${marker}' --`, `${marker}\\`, `%${marker}_`, `$1${marker}`, `${marker}::int`, `{"$ne":"${marker}"}`, `["${marker}"]`,
  '9223372036854775807', '9223372036854775808', '99999999999999999999999999', '-1', '0', '1e9', '0x10', '1.5', 'NaN', 'null', '__proto__', 'constructor', `${marker}`.repeat(500),
].map((value) => encodeURIComponent(value));
const raw = [`${marker}%00`, `%00${marker}`, '%ff%fe', '%ed%a0%80', '%f8%a1%a1%a1%a1', `${marker}%0d%0aX-Injected:%201`, '%', '%2', '%zz'];
const probes = [...values, ...raw];
/** The same name, said in the ways that some readers of forms make lists and objects of. */
const shapes = (name: string) => [`${name}[]=${marker}`, `${name}[a]=${marker}`, `${name}[__proto__]=${marker}`, `${name}=${marker}&${name}=1`, `${name}[0]=1&${name}[1]=${marker}`, name, `${name}=`];

/** Every name that an address may carry behind its question mark, and every field that a form of the board has. */
const queryNames = ['q', 'sort', 'files', 'locked', 'since', 'posted', 'quote', 'board', 'action', 'page', 'show', 'done', 'filter', 'case', 'to'];
const postFields = ['name', 'subject', 'body', 'password', 'form_id', 'sage', 'dropnames', 'capcode', 'form_token', 'kept1', 'alt1'];
const fieldsOf: Record<string, string[]> = {
  'POST /:slug/thread': postFields,
  'POST /:slug/thread/:no/reply': postFields,
  'POST /mod/act': ['upload', 'own', 'note', 'duration', 'scope', 'to_board', 'remove', 'shown', 'confirm'],
  'POST /mod/staff/:id/roles': ['role', 'board'],
  'POST /mod/login': ['to'],
  'POST /theme': ['back'],
};

/** Keeps the text of every statement that goes to the database, whichever it is. `end` when done. */
export function watchStatements() {
  const seen = new Set<string>();
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: Parameters<typeof query>) {
    const [statement]: unknown[] = args;
    seen.add(typeof statement === 'string' ? statement : String((statement as { text?: string }).text));
    return query.apply(this, args) as unknown;
  } as typeof query;
  return {
    seen,
    /** Those that took a probe for more than a value. */
    findCarriers: () => [...seen].filter((text) => text.includes(marker) || text.includes('9999999999999999')),
    end: () => void (pg.Client.prototype.query = query),
  };
}

export interface Probing extends ReturnType<typeof createProbing> {}

/**
 * Sends probes through every door of the board. Of the probes for one place each `nth` is sent, another one for each place, so that every
 * probe comes somewhere.
 */
export function createProbing(scene: Scene, nth: number) {
  const faults: string[] = [];
  let tries = 0;
  let places = 0;

  function choose<T>(all: readonly T[]): T[] {
    places += 1;
    return all.filter((_, index) => (index + places) % nth === 0);
  }

  async function ask(path: string, who: Person, body?: string): Promise<number> {
    const headers = { ...ownPage, 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await scene.send(path, who, body === undefined ? {} : { body, headers });
    tries += 1;
    if (answer.status >= 500) faults.push(`${path.slice(0, 300)} ${body?.slice(0, 300) ?? ''} was answered with ${answer.status}`);
    if (answer.headers['x-injected'] !== undefined) faults.push(`${path} wrote a header`);
    return answer.status;
  }

  async function probeForm(name: string, door: Door): Promise<void> {
    let who = await scene.bring(door.legit, true);
    let asked = await door.ask(scene, 'own', who);
    for (const field of new Set([...Object.keys(asked.fields ?? {}), ...(fieldsOf[toRoute(name)] ?? [])])) {
      for (const probe of choose([...probes.map((each) => `${field}=${each}`), ...shapes(field)])) {
        const { [field]: _left, ...others } = asked.fields ?? {};
        const status = await ask(asked.path, who, [new URLSearchParams(others).toString(), probe].filter((part) => part !== '').join('&'));
        // What went through may have used up the form, the session or the account.
        if (status >= 400 || name.startsWith('POST /:slug')) continue;
        who = await scene.bring(door.legit, true);
        asked = await door.ask(scene, 'own', who);
      }
    }
  }

  return {
    faults,
    count: () => tries,

    /** In every part of an address that is a value. Answers with the number of doors. */
    async probeAddresses(): Promise<number> {
      const doors = Object.entries({ ...readingDoors, ...changingDoors }).filter(([name]) => toRoute(name).includes(':'));
      for (const [name, door] of doors) {
        const who = await scene.bring(door.legit, true);
        const { path, fields } = await door.ask(scene, 'own', who);
        const [place = ''] = path.split('?');
        const body = fields === undefined ? undefined : new URLSearchParams(fields).toString();
        const pattern = toRoute(name).split(' ')[1]?.split('/') ?? [];
        for (const [index, part] of pattern.entries()) {
          if (!part.startsWith(':')) continue;
          for (const probe of choose(probes)) await ask(place.split('/').map((own, at) => (at === index ? probe : own)).join('/'), who, body);
        }
      }
      return doors.length;
    },

    /** Behind the question mark: all names at once, a probe each, so that a door which reads one of them meets every probe of it. */
    async probeQueries(): Promise<number> {
      const doors = Object.entries(readingDoors);
      for (const [, door] of doors) {
        const who = await scene.bring(door.legit, false);
        const { path } = await door.ask(scene, 'own', who);
        const [place = ''] = path.split('?');
        const rows = [...probes.map((probe) => (name: string) => `${name}=${probe}`), ...shapes('').map((_shape, at) => (name: string) => shapes(name)[at] ?? '')];
        for (const row of choose(rows)) await ask(`${place}?${queryNames.map(row).join('&').slice(0, 6000)}`, who);
      }
      return doors.length;
    },

    /** In every field of every form. */
    async probeForms(): Promise<number> {
      const doors = Object.entries(changingDoors);
      for (const [name, door] of doors) await probeForm(name, door);
      return doors.length;
    },
  };
}

