import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { type Answer, openScene, ownPage, places, type Scene, type Sending } from './support/access-scene.js';
import { changingDoors, readingDoors } from './support/doors.js';

/** Written down here a second time, on purpose. */
const pageHeaders: Record<string, string> = {
  'content-security-policy':
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self' blob:;media-src 'self';connect-src 'self' wss://board.example;form-action 'self';frame-ancestors 'none';base-uri 'none';object-src 'none';require-trusted-types-for 'script';trusted-types quoth",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()',
  'referrer-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
};
/** Pictures are not pages: nothing in them may run, wherever they are opened. */
const mediaHeaders = { ...pageHeaders, 'content-security-policy': "default-src 'none'; sandbox" };

const isPicture = (answer: Answer) => answer.headers['content-type'] === 'image/jpeg';

/** Everything that says something about security or about what runs here: none may be missing, none be there too much. */
const isTelling = (name: string) => /^(?:content-security|cross-origin|permissions-policy|referrer-policy|strict-transport|x-|server$|via$|origin-agent|access-control)/.test(name);

function assertHeaders(answer: Answer, name: string, expected = isPicture(answer) ? mediaHeaders : pageHeaders): void {
  const telling = Object.fromEntries(Object.entries(answer.headers).filter(([header]) => isTelling(header)));
  assert.deepEqual(telling, expected, `${name} (${answer.status})`);
}

describe('the headers of every answer', () => {
  let scene: Scene;
  before(async () => {
    scene = await openScene();
  });
  after(() => scene.close());

  it('every route that reads answers with them: to visitors and admins, where there is something and where not', async () => {
    const statuses = new Set<number>();
    let cells = 0;
    for (const [name, door] of Object.entries(readingDoors)) {
      for (const place of places) {
        for (const who of [scene.shared.visitor, scene.shared.admin]) {
          for (const sending of [{}, { method: 'HEAD' }, { headers: { Accept: 'application/json' } }, { headers: { 'Accept-Encoding': 'gzip, br' } }]) {
            const { path } = await door.ask(scene, place, who);
            const answer = await scene.send(path, who, sending);
            assertHeaders(answer, `${name} ${place}`);
            statuses.add(answer.status);
            cells += 1;
          }
        }
      }
    }
    assert.equal(cells, Object.keys(readingDoors).length * places.length * 2 * 4);
    assert.deepEqual([...statuses].sort(), [200, 301, 302, 303, 404]);
  });

  it('every route that changes something does, done or refused', async () => {
    for (const [name, door] of Object.entries(changingDoors)) {
      const who = await scene.bring(door.legit, true);
      const { path, fields } = await door.ask(scene, 'own', who);
      assertHeaders(await scene.send(path, who, { fields }), `${name} from elsewhere`);
      assertHeaders(await scene.send(path, scene.stranger(), { fields: { ...fields, form_token: 'x' }, headers: ownPage }), `${name} from a stranger`);
      assertHeaders(await scene.send(path, who, { fields, headers: ownPage }), name);
    }
  });

  it('so does everything that goes wrong', async () => {
    const removed = await scene.startThread('sheds');
    await scene.act(scene.shared.moderator, { act: 'post.remove', post: String(removed.id) });
    const own = { ...ownPage, 'Content-Type': 'application/x-www-form-urlencoded' };
    const seen = String((await scene.send('/', scene.shared.visitor)).headers.etag);
    const wrong: [status: number, path: string, sending: Sending][] = [
      [304, '/', { headers: { 'If-None-Match': seen } }],
      [400, '/sheds/thread/1/updates?since=x', {}],
      [400, '/', { headers: { Host: 'a,b' } }],
      [400, '/', { headers: { 'X-Forwarded-For': undefined } }],
      [401, '/mod/act', { fields: {}, headers: ownPage }],
      [403, '/theme', { fields: { theme: 'dark' } }],
      [404, '/no/such/place', {}],
      [404, '/mod/nothing/at/all', {}],
      [404, '/media/..%2f..%2fkeys', {}],
      [404, '/assets/%2e%2e/manifest.json', {}],
      [400, '/sheds/%ff', {}],
      [405, '/', { method: 'OPTIONS' }],
      [405, '/', { method: 'TRACE' }],
      [405, '/sheds/', { method: 'PROPFIND' }],
      [404, '/sheds/', { method: 'DELETE', headers: ownPage }],
      [410, `/sheds/thread/${removed.thread}`, {}],
      [413, '/theme', { body: `theme=${'x'.repeat(2000)}`, headers: own }],
      [416, `/media/${scene.media.other}`, { headers: { Range: 'bytes=9000-9999' } }],
      [421, '/', { headers: { Host: 'evil.example' } }],
      [431, '/', { headers: { 'X-Long': 'x'.repeat(20_000) } }],
    ];
    for (const [status, path, sending] of wrong) {
      const answer = await scene.send(path, scene.shared.visitor, sending);
      assert.equal(answer.status, status, path);
      assertHeaders(answer, path, status === 416 ? mediaHeaders : undefined);
    }
  });

  it('a fault of ours is answered with them, and with nothing of the fault', async () => {
    await sql`alter table mod_log rename to mod_log_away`.execute(scene.db);
    const answer = await scene.send('/log', scene.shared.visitor);
    await sql`alter table mod_log_away rename to mod_log`.execute(scene.db);
    assert.equal(answer.status, 500);
    assertHeaders(answer, '/log');
    for (const word of ['mod_log', 'relation', 'node_modules', '.ts', '.js:']) assert.ok(!answer.text.includes(word), word);
    assert.equal((await scene.send('/log', scene.shared.visitor)).status, 200);
  });

  it('what staff see is kept by nobody, and a session’s cookie is for this host and out of reach of script', async () => {
    for (const [name, door] of Object.entries(readingDoors).filter(([route]) => route.startsWith('GET /mod'))) {
      const { path } = await door.ask(scene, 'own', scene.shared.admin);
      assert.equal((await scene.send(path, scene.shared.admin)).headers['cache-control'], 'no-store', name);
      assert.equal((await scene.send(path, scene.shared.visitor)).headers['cache-control'], 'no-store', name);
    }
    const login = await changingDoors['POST /mod/login']?.ask(scene, 'own', scene.shared.visitor);
    const cookies = (await scene.send('/mod/login', scene.stranger(), { fields: login?.fields, headers: ownPage })).headers['set-cookie'] ?? [];
    assert.ok(cookies.some((cookie) => cookie.startsWith('__Host-staff=')));
    for (const cookie of cookies) assert.match(cookie, /^__Host-[\w-]+=[^;]+;(?=.* Path=\/)(?=.* HttpOnly)(?=.* Secure)(?=.* SameSite=Strict)(?!.*Domain)/);
  });
});
