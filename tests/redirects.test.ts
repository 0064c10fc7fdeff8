import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, openScene, ownHost, ownOrigin, ownPage, type Person, type Scene, type Sending } from './support/access-scene.js';
import { listRoutes } from './support/list-routes.js';

/** Ways to write another site so that it looks like a path of this one: to a filter, to a browser, or to whoever stands between. */
const tricks = [
  'https://evil.example', 'http://evil.example', 'HTTPS://evil.example', 'https:evil.example', 'https:/evil.example', 'https:///evil.example', '//evil.example', '///evil.example',
  '////evil.example', '/\\evil.example', '\\/evil.example', '\\\\evil.example', '/\\/evil.example', '//\\evil.example', '\\evil.example', '/\t/evil.example', '/\n/evil.example', '\t//evil.example',
  ' //evil.example', '/ /evil.example', '/./evil.example//', '/.//evil.example', '/..//evil.example', '/mod/..//evil.example', '/mod/../..//evil.example', '/mod//evil.example',
  '/mod\\..\\..\\\\evil.example', '/mod/%2e%2e//evil.example', '/%2f/evil.example', '/%2fevil.example', '%2f%2fevil.example', '/%5cevil.example', '%5c%5cevil.example', '/%09/evil.example',
  '/mod@evil.example', '@evil.example', '//mod@evil.example', '//board.example@evil.example', '//board.example.evil.example', 'https://board.example@evil.example/mod', '.evil.example', ':80@evil.example',
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\tscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:msgbox(1)', '/mod\r\nLocation: https://evil.example', '/mod%0d%0aLocation:%20https://evil.example',
  '/mod\u2028//evil.example', '/\u3000/evil.example', '//evil\u3002example', '\uFF0F\uFF0Fevil.example', '/mod?to=//evil.example', '/mod#//evil.example', '//[::1]/', '//2130706433/', '//127.1', '/mod\0//evil.example',
] as const;

/** A redirect stays here however a browser reads it, and is written as a path, so that no proxy reads it otherwise. */
function assertStays(answer: Answer, name: string): void {
  const location = String(answer.headers.location);
  assert.match(location, /^\/(?![/\\])[\x21-\x7e]*$/, name);
  assert.ok(!location.includes('\\'), name);
  // Whoever decodes it once more on the way gets no other site either.
  for (const read of [location, decodeURIComponent(location.split('?')[0] ?? '')]) assert.equal(new URL(read, `${ownOrigin}/mod/queue`).origin, ownOrigin, `${name}: ${read}`);
  assert.doesNotMatch(location.split('?')[0] ?? '', /evil/, name);
}

describe('redirects', () => {
  let scene: Scene;
  let cells = 0;
  before(async () => {
    scene = await openScene();
  });
  after(() => scene.close());

  /** Tries all tricks on one parameter; each must be answered with a redirect of ours. */
  async function tryTricks(name: string, toSending: (trick: string) => Promise<[path: string, who: Person, sending?: Sending]>): Promise<void> {
    for (const trick of tricks) {
      const answer = await scene.send(...(await toSending(trick)));
      assert.ok([301, 302, 303].includes(answer.status), `${name} ${trick}: ${answer.status}`);
      assertStays(answer, `${name} ${trick}`);
      cells += 1;
    }
  }

  const encode = encodeURIComponent;
  const form = (fields: Record<string, string>): Sending => ({ fields, headers: ownPage });

  it('a login leads to pages of staff and nowhere else', async () => {
    const { admin, half } = scene.shared;
    const { name } = await scene.hire('janitor', { hasSecondFactor: false });
    await tryTricks('to, logged in', async (trick) => [`/mod/login?to=${encode(trick)}`, admin]);
    await tryTricks('to, second factor', async (trick) => [`/mod/login/second-factor?to=${encode(trick)}`, admin]);
    await tryTricks('to, enrolment', async (trick) => [`/mod/account/second-factor?to=${encode(trick)}`, half]);
    await tryTricks('to, enrolment of a visitor', async (trick) => [`/mod/account/second-factor?to=${encode(trick)}`, scene.shared.visitor]);
    await tryTricks('to, sent with a second factor', async (trick) => ['/mod/login/second-factor', admin, form({ form_token: admin.formToken, to: trick })]);
    const loggedIn = await scene.send('/mod/login', scene.stranger(), form({ name, password: 'seven sparrows in a ditch', to: '//evil.example' }));
    assertStays(loggedIn, 'to, sent with a password');
    assert.equal(loggedIn.headers.location, '/mod');
  });

  it('so does a page of staff that a visitor asks for', async () => {
    for (const path of ['/mod?x=//evil.example', '/mod/queue?filter=https://evil.example', '/mod/staff?to=/\\evil.example', '/mod/sheds/?show=%0d%0aLocation:x', '/mod/log?board=javascript:1']) {
      const answer = await scene.send(path, scene.shared.visitor);
      assert.equal(answer.status, 303, path);
      assertStays(answer, path);
    }
  });

  it('an act, its undoing and an answer lead back to pages of staff', async () => {
    const { moderator } = scene.shared;
    const thread = String(scene.standing.own.threadId);
    let isLocked = false;
    await tryTricks('back, act', async (back) => {
      isLocked = !isLocked;
      return ['/mod/act', moderator, form({ form_token: moderator.formToken, act: isLocked ? 'thread.lock' : 'thread.unlock', thread, back })];
    });
    await tryTricks('back, undo', async (back) => {
      const log = String(await scene.act(moderator, { act: isLocked ? 'thread.unlock' : 'thread.lock', thread }));
      return ['/mod/undo', moderator, form({ form_token: moderator.formToken, log, back })];
    });
    const id = await scene.ban(await scene.startThread('sheds'), moderator);
    await scene.db.updateTable('bans').set({ appeal: 'Please.', appealed_at: scene.board.now() }).where('id', '=', id).execute();
    const answered = await scene.send(`/mod/appeals/${id}/answer`, moderator, form({ form_token: moderator.formToken, outcome: 'lifted', answer: 'Fine.', back: '//evil.example' }));
    assertStays(answered, 'back, answer');
  });

  it('the choice of a theme leads back to where it was made, when that was here', async () => {
    const plain = tricks.filter((trick) => /^[\x20-\x7e]*$/.test(trick));
    assert.ok(plain.length > 40);
    for (const trick of plain) {
      for (const referer of [trick, `${ownOrigin}${trick}`, `${ownOrigin}/${trick}`]) {
        const answer = await scene.send('/theme', scene.shared.visitor, { fields: { theme: 'dark' }, headers: { ...ownPage, Referer: referer } });
        assert.equal(answer.status, 303, referer);
        const location = String(answer.headers.location);
        assert.match(location, /^\/(?![/\\])[\x21-\x7e]*$/, referer);
        assert.equal(new URL(location, `${ownOrigin}/sheds/`).origin, ownOrigin, referer);
        cells += 1;
      }
    }
  });

  it('no name of a board in an address leads away, whatever stands there', async () => {
    const { routes } = await listRoutes(scene.board.server, ownHost);
    const withSlug = routes.filter((route) => route.startsWith('GET ') && route.includes(':slug'));
    assert.ok(withSlug.length >= 18);
    let redirects = 0;
    for (const route of withSlug) {
      for (const trick of tricks) {
        const path = route.slice(4).replace(':slug', encode(trick)).replace(':no', '1').replace(':page', '2');
        const answer = await scene.send(path, scene.shared.visitor);
        if (answer.status >= 300 && answer.status < 400) {
          assertStays(answer, path);
          redirects += 1;
        } else assert.equal(answer.status, 404, path);
        cells += 1;
      }
    }
    assert.ok(redirects > 0, 'pages of staff lead to the login');
  });

  it('what stands behind an address comes along without leading away', async () => {
    const { thread, no } = scene.standing.own;
    const paths = (query: string) => [`/sheds?${query}`, `/sheds/catalog/?${query}`, `/sheds/thread/${thread}/?${query}`, `/sheds/1?${query}`, `/about/?${query}`, `/sheds/thread/${thread}?posted=${query}`, `/sheds/post/${no}/report?${query}`];
    for (const trick of tricks) {
      for (const path of paths(encode(trick))) {
        const answer = await scene.send(path, scene.shared.visitor);
        assert.ok(answer.status === 301 || answer.status === 302, path);
        assertStays(answer, path);
        cells += 1;
      }
    }
  });

  it('every trick was tried in every place', () => {
    assert.ok(tricks.length >= 55);
    assert.ok(cells > 2000, `${cells} cells`);
  });
});
