import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, openScene, ownHost, ownOrigin, ownPage, type Person, type Scene, type Sending } from './support/access-scene.js';
import { changingDoors, type Door, toRoute } from './support/doors.js';
import { listRoutes } from './support/list-routes.js';

type Shape = (fields: Record<string, string>, path: string) => Sending & { path?: string };

const evil = 'https://evil.example';
/** What a browser of before Fetch Metadata sends from a page of `origin`. */
const oldBrowser = (origin: string): Shape => (fields) => ({ fields, headers: { Origin: origin } });
const withQuery = (path: string, fields: Record<string, string>) => `${path}?${new URLSearchParams({ ...fields, _method: 'POST' }).toString()}`;

/** Everything that could make a browser change something for whoever sits before it, each with a valid token and cookie. */
const shapes: Record<string, Shape> = {
  'a page of another site': (fields) => ({ fields, headers: { Origin: evil, 'Sec-Fetch-Site': 'cross-site' } }),
  'a page of a neighbouring host': (fields) => ({ fields, headers: { Origin: `https://www.${ownHost}`, 'Sec-Fetch-Site': 'same-site' } }),
  'a typed address': (fields) => ({ fields, headers: { 'Sec-Fetch-Site': 'none' } }),
  'no evidence at all': (fields) => ({ fields }),
  'Origin: null': oldBrowser('null'),
  'another port': oldBrowser(`${ownOrigin}:444`),
  'another scheme': oldBrowser(`http://${ownHost}`),
  'a host that goes on after ours': oldBrowser(`${ownOrigin}.evil.example`),
  'a host that ends like ours': oldBrowser(`https://evil${ownHost}`),
  'a simple content type': (fields) => ({ body: new URLSearchParams(fields).toString(), headers: { Origin: evil, 'Content-Type': 'text/plain' } }),
  'a method in a header': (fields, path) => ({ method: 'GET', path: withQuery(path, fields), headers: { ...ownPage, 'X-HTTP-Method-Override': 'POST', 'X-Method-Override': 'POST' } }),
  GET: (fields, path) => ({ method: 'GET', path: withQuery(path, fields), headers: ownPage }),
  HEAD: (fields, path) => ({ method: 'HEAD', path: withQuery(path, fields), headers: ownPage }),
};

/** The fourteenth, for forms that carry a token: from the board's own page, but with a token that is missing, another's, or old. */
const tokens: Record<string, (scene: Scene) => Promise<string>> = {
  'no token': async () => '',
  'the token of somebody else': async (scene) => (await scene.hire('admin')).formToken,
  'a token of a session that has ended': async (scene) => {
    const { staffId } = await scene.hire('admin');
    const { formToken } = await scene.openSession(staffId);
    await scene.db.deleteFrom('staff_sessions').where('staff_id', '=', staffId).execute();
    return formToken;
  },
};

describe('forms that do not come from the board itself', () => {
  let scene: Scene;
  before(async () => {
    scene = await openScene();
  });
  after(() => scene.close());

  it('every route that changes something is tried', async () => {
    const { routes } = await listRoutes(scene.board.server, ownHost);
    const forms = routes.filter((route) => !route.startsWith('GET '));
    assert.ok(forms.length >= 22, `${forms.length} were read`);
    assert.deepEqual([...new Set(Object.keys(changingDoors).map(toRoute))].sort(), forms.sort());
  });

  let cells = 0;
  for (const [name, door] of Object.entries(changingDoors)) {
    it(`${name} takes what its own page sends, and nothing else`, async () => {
      const who = await scene.bring(door.legit, true);
      cells += await tryForeignShapes(scene, door, who);
      if (door.hasToken === true) cells += await tryTokens(scene, door, who);
      await tryOwnShape(scene, name, door, who);
      cells += 1;
    });
  }

  it('every cell was tried', () => {
    const doors = Object.values(changingDoors);
    const tokenCells = doors.filter((door) => door.hasToken === true).length * Object.keys(tokens).length;
    assert.equal(Object.keys(shapes).length + 1, 14, 'the shapes, with the token as the last of them');
    assert.equal(cells, doors.length * (Object.keys(shapes).length + 1) + tokenCells);
    assert.ok(cells > 350, `${cells} cells`);
  });
});

/** Nothing of it may change anything, set a cookie, or be answered as if it had. */
async function tryForeignShapes(scene: Scene, door: Door, who: Person): Promise<number> {
  const { path, fields = {} } = await door.ask(scene, 'own', who);
  const before = await scene.takeFingerprint();
  const wrong: string[] = [];
  for (const [shape, toSending] of Object.entries(shapes)) {
    const { path: asked = path, ...sending } = toSending(fields, path);
    const answer = await scene.send(asked, who, sending);
    const isReading = sending.method === 'GET' || sending.method === 'HEAD';
    if (!isReading && !isCrossSite(answer)) wrong.push(`${shape}: ${answer.status}`);
    if (hasChanged(answer) || (await scene.takeFingerprint()) !== before) wrong.push(`${shape} changed something`);
  }
  assert.deepEqual(wrong, []);
  return Object.keys(shapes).length;
}

async function tryTokens(scene: Scene, door: Door, who: Person): Promise<number> {
  const { path, fields } = await door.ask(scene, 'own', who);
  for (const [name, toToken] of Object.entries(tokens)) {
    const form_token = await toToken(scene);
    const before = await scene.takeFingerprint();
    const answer = await scene.send(path, who, { fields: { ...fields, form_token }, headers: ownPage });
    assert.equal(answer.status, 403, name);
    assert.ok(!hasChanged(answer) && (await scene.takeFingerprint()) === before, `${name} changed something`);
  }
  return Object.keys(tokens).length;
}

/** The premise of the others: the same form, sent as its page sends it, does what it is for. */
async function tryOwnShape(scene: Scene, name: string, door: Door, who: Person): Promise<void> {
  const { path, fields } = await door.ask(scene, 'own', who);
  const before = await scene.takeFingerprint();
  const answer = await scene.send(path, who, { fields, headers: ownPage });
  // The one form that nobody can fill in rightly: the same with the right password is a row of its own.
  const expected = name === 'POST /:slug/post/:no/delete' ? 403 : 303;
  assert.ok(answer.status === expected || (expected === 303 && answer.status === 200), `${answer.status}: ${answer.text}`);
  if (expected === 303 && door.leaves !== 'cookie') assert.notEqual(await scene.takeFingerprint(), before);
  if (door.leaves === 'cookie') assert.ok(hasChanged(answer));
}

const hasChanged = (answer: Answer) => answer.headers['set-cookie'] !== undefined;
const isCrossSite = (answer: Answer) => answer.status === 403 && answer.text.includes('That form came from another site');
