import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, openScene, ownHost, ownPage, people, type Person, type Place, places, type Scene } from './support/access-scene.js';
import { changingDoors, type Door, readingDoors, toRoute } from './support/doors.js';
import { listRoutes } from './support/list-routes.js';

/**
 * Who gets through which door: every route that Express knows, for everybody, to something of the board where janitor and moderator
 * work, of another board where `foreign` does, and of nowhere. The columns are
 *
 *   visitor, banned, janitor, moderator, foreign, admin, disabled, half
 *
 * and hold the status of the answer, or L where somebody is led to the login. Whatever is refused has changed nothing.
 */
type Row = Partial<Record<Place, string>>;

const everybody = (expected: number | 'L') => Array(people.length).fill(expected).join(' ');
const everywhere = (own: number, missing: number): Row => ({ own: everybody(own), other: everybody(own), missing: everybody(missing) });

const anyStaff = 'L L 200 200 200 200 L L';
const adminForm = (done: number): Row => ({
  own: `401 401 403 403 403 ${done} 401 401`,
  other: `401 401 403 403 403 ${done} 401 401`,
  missing: '401 401 403 403 403 404 401 401',
});

const reading: Record<string, Row> = {
  'GET /healthz': { own: everybody(200) },
  'GET /readyz': { own: everybody(200) },
  'GET /assets/:name': everywhere(200, 404),
  'GET /favicon.ico': { own: everybody(301) },
  'GET /robots.txt': { own: everybody(200) },
  'GET /theme.css': { own: everybody(200) },
  'GET /media/:name': everywhere(200, 404),
  'GET /mod/login': { own: '200 200 303 303 303 303 200 200' },
  'GET /mod/login/second-factor': { own: 'L L L L L L L 200' },
  'GET /mod/account/second-factor': { own: anyStaff },
  'GET /mod/account': { own: anyStaff },
  'GET /mod/staff': { own: 'L L 403 403 403 200 L L' },
  'GET /mod/staff/:id': { own: 'L L 403 403 403 200 L L', other: 'L L 403 403 403 200 L L', missing: 'L L 403 403 403 404 L L' },
  'GET /mod': { own: anyStaff },
  'GET /mod/queue': { own: anyStaff },
  'GET /mod/queue/list': { own: anyStaff },
  'GET /mod/log': { own: anyStaff },
  'GET /mod/media/:name': { own: 'L L 200 200 403 200 L L', other: 'L L 403 403 200 200 L L', missing: 'L L 404 404 404 404 L L' },
  'GET /mod/post/:id': { own: 'L L 303 303 403 303 L L', other: 'L L 403 403 303 303 L L', missing: 'L L 404 404 404 404 L L' },
  'GET /mod/:slug/': { own: 'L L 200 200 403 200 L L', other: 'L L 403 403 200 200 L L', missing: 'L L 404 404 404 404 L L' },
  'GET /mod/:slug/thread/:no': { own: 'L L 200 200 403 200 L L', other: 'L L 403 403 200 200 L L', missing: 'L L 404 404 403 404 L L' },
  'GET /log': { own: everybody(200) },
  'GET /bans/:id': { own: '404 200 404 404 404 404 404 404', other: everybody(404), missing: everybody(404) },
  'GET /': { own: everybody(200) },
  'GET /about': { own: everybody(200) },
  'GET /about/': { own: everybody(301) },
  'GET /privacy': { own: everybody(200) },
  'GET /privacy/': { own: everybody(301) },
  'GET /:slug/new': everywhere(200, 404),
  'GET /:slug/thread': everywhere(302, 404),
  'GET /:slug/thread/:no/reply': everywhere(200, 404),
  'GET /:slug/post/:no': everywhere(200, 404),
  'GET /:slug/post/:no/report': everywhere(302, 302),
  'GET /:slug/post/:no/delete': everywhere(302, 302),
  'GET /:slug/thread/:no': everywhere(200, 404),
  'GET /:slug/thread/:no/': everywhere(301, 301),
  'GET /:slug/thread/:no/updates': everywhere(200, 404),
  'GET /:slug/': everywhere(200, 404),
  'GET /:slug/:page': everywhere(301, 404),
  'GET /:slug': everywhere(301, 404),
  'GET /:slug/:page/': everywhere(301, 404),
  'GET /:slug/catalog': everywhere(200, 404),
  'GET /:slug/catalog/': everywhere(301, 404),
  'GET /:slug/archive': everywhere(200, 404),
  'GET /:slug/archive/:page': everywhere(301, 404),
  'GET /:slug/archive/': everywhere(301, 404),
  'GET /:slug/archive/:page/': everywhere(301, 404),
};

const changing: Record<string, Row> = {
  'POST /theme': { own: everybody(303) },
  'POST /mod/login': { own: everybody(303) },
  'POST /mod/login/second-factor': { own: '401 401 L L L L 401 303' },
  'POST /mod/logout': { own: everybody('L') },
  'POST /mod/account/second-factor': { own: '401 401 200 200 200 200 401 401' },
  'POST /mod/account/password': { own: '401 401 303 303 303 303 401 401' },
  'POST /mod/account/sessions': { own: '401 401 303 303 303 303 401 401' },
  'POST /mod/staff': { own: '401 401 403 403 403 200 401 401' },
  'POST /mod/staff/:id/roles': adminForm(303),
  'POST /mod/staff/:id/second-factor': adminForm(303),
  'POST /mod/staff/:id/disable': adminForm(303),
  'POST /mod/staff/:id/enable': adminForm(303),
  'POST /mod/staff/:id/password': adminForm(200),
  'POST /mod/act': { own: '401 401 303 303 403 303 401 401', other: '401 401 403 403 303 303 401 401', missing: '401 401 404 404 404 404 401 401' },
  'POST /mod/undo': { own: '401 401 303 303 403 303 401 401', other: '401 401 403 403 303 303 401 401', missing: '401 401 404 404 404 404 401 401' },
  'POST /mod/appeals/:id/answer': { own: '401 401 403 303 403 303 401 401', other: '401 401 403 403 303 303 401 401', missing: '401 401 404 404 404 404 401 401' },
  'POST /bans/:id/appeal': { own: '404 303 404 404 404 404 404 404', other: everybody(404), missing: everybody(404) },
  'POST /bans/:id/seen': { own: '404 200 404 404 404 404 404 404', other: everybody(404), missing: everybody(404) },
  'POST /:slug/thread': { own: '303 403 303 303 303 303 303 303', other: everybody(303), missing: everybody(404) },
  'POST /:slug/thread/:no/reply': { own: '303 403 303 303 303 303 303 303', other: everybody(303), missing: '404 403 404 404 404 404 404 404' },
  'POST /:slug/thread/:no/reply as moderator': { own: '401 401 403 303 403 303 401 401', other: '401 401 403 403 303 303 401 401', missing: '401 401 403 404 403 404 401 401' },
  'POST /:slug/post/:no/report': everywhere(200, 404),
  'POST /:slug/post/:no/delete': everywhere(403, 404),
  'POST /:slug/post/:no/delete by its poster': everywhere(303, 404),
};

describe('who gets through which door', () => {
  let scene: Scene;
  before(async () => {
    scene = await openScene();
  });
  after(() => scene.close());

  it('every route that the board has stands in the table, and nothing else', async () => {
    const { routes, others } = await listRoutes(scene.board.server, ownHost);
    assert.ok(routes.length > 60, `${routes.length} routes were read`);
    assert.deepEqual([...new Set(Object.keys({ ...reading, ...changing }).map(toRoute))].sort(), [...routes].sort());
    // What answers without being a route is looked at elsewhere; a new one of that kind has to be noticed.
    assert.deepEqual(others, ['checkSameSite', 'loadStaff /mod']);
    assert.deepEqual(Object.keys(readingDoors), Object.keys(reading));
    assert.deepEqual(Object.keys(changingDoors), Object.keys(changing));
  });

  it('where an address names a place, every place has its row', () => {
    for (const [name, row] of Object.entries({ ...reading, ...changing })) {
      const hasPlaces = toRoute(name).includes(':') || ['POST /mod/act', 'POST /mod/undo'].includes(name);
      assert.deepEqual(Object.keys(row), hasPlaces ? [...places] : ['own'], name);
    }
  });

  it('GET is for reading and POST for changing: no route has another method', async () => {
    const { routes } = await listRoutes(scene.board.server, ownHost);
    assert.deepEqual(routes.filter((route) => !/^(?:GET|POST) \//.test(route)), []);
  });

  let cells = 0;
  for (const [name, row] of Object.entries(reading)) {
    it(`${name} is shown to whom it is for`, async () => {
      cells += await tryDoor(scene, readingDoors[name], row, false);
    });
  }
  for (const [name, row] of Object.entries(changing)) {
    it(`${name} is done for whom it is for`, async () => {
      cells += await tryDoor(scene, changingDoors[name], row, true);
    });
  }

  it('every cell of the table was tried', () => {
    const rows = Object.values({ ...reading, ...changing }).flatMap((row) => Object.values(row));
    assert.equal(cells, rows.length * people.length);
    assert.ok(cells > 1000, `${cells} cells`);
  });
});

/** Tries a door for everybody, at every place of its row, and answers with how many cells that were. */
async function tryDoor(scene: Scene, door: Door | undefined, row: Row, isForm: boolean): Promise<number> {
  assert.ok(door !== undefined);
  const wrong: string[] = [];
  let cells = 0;
  for (const place of places) {
    const columns = row[place]?.split(' ') ?? [];
    for (const [index, expected] of columns.entries()) {
      const kind = people[index] ?? 'visitor';
      const found = await tryCell(scene, door, place, await scene.bring(kind, isForm));
      if (found !== expected) wrong.push(`${kind} at ${place}: ${found} and not ${expected}`);
      cells += 1;
    }
  }
  assert.deepEqual(wrong, []);
  return cells;
}

async function tryCell(scene: Scene, door: Door, place: Place, who: Person): Promise<string> {
  const { path, fields } = await door.ask(scene, place, who);
  const before = await scene.takeFingerprint();
  const answer = await scene.send(path, who, fields === undefined ? {} : { fields, headers: ownPage });
  const mayChange = fields !== undefined && answer.status < 400;
  if (!mayChange && (await scene.takeFingerprint()) !== before) return `${answer.status} that changed something`;
  return toCell(answer);
}

const toCell = ({ status, headers }: Answer) => (status === 303 && /^\/mod\/login\b/.test(String(headers.location)) ? 'L' : String(status));
