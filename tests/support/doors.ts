import { password, type Person, type PersonName, type Place, type Scene, type Target } from './access-scene.js';
import { toCode } from './staff-door.js';

/** What is asked of a door; `isAtHome` sends `fields` with the token of who asks. */
export interface Asked {
  path: string;
  fields?: Record<string, string>;
}

export interface Door {
  /** Who gets through on `own`. */
  legit: PersonName;
  /** Staff forms, which carry a token. */
  hasToken?: true;
  /** What a success leaves behind; without it the database has changed. */
  leaves?: 'cookie';
  ask: (scene: Scene, place: Place, who: Person) => Asked | Promise<Asked>;
}

const none = '999999';
const slugOf = (place: Place) => ({ own: 'sheds', other: 'quays', missing: 'nowhere' })[place];

/** A thread of its own for a form that changes it. */
async function makeThread(scene: Scene, place: Place): Promise<Target> {
  return place === 'missing' ? { ...scene.standing.own, no: Number(none), thread: Number(none), id: Number(none) } : scene.startThread(slugOf(place));
}

/** A thread that is there for reading. */
const readThread = (scene: Scene, place: Place) => (place === 'missing' ? { slug: 'sheds', no: none, thread: none, id: none } : scene.standing[place]);

const open = (toPath: (scene: Scene, place: Place) => string): Door => ({ legit: 'visitor', ask: (scene, place) => ({ path: toPath(scene, place) }) });
const page = (path: string) => open(() => path);
const onBoard = (rest: string) => open((_scene, place) => `/${slugOf(place)}${rest}`);
const onThread = (rest: string) => open((scene, place) => {
  const { slug, thread } = readThread(scene, place);
  return `/${slug}/thread/${thread}${rest}`;
});
const onPost = (rest: string) => open((scene, place) => {
  const { slug, no } = readThread(scene, place);
  return `/${slug}/post/${no}${rest}`;
});
const staffPage = (toPath: (scene: Scene, place: Place) => string, legit: PersonName = 'moderator'): Door => ({ ...open(toPath), legit });
const ownBans = (scene: Scene, place: Place) => ({ own: scene.ownBan, other: scene.otherBan, missing: none })[place];

/** Every door that reads. */
export const readingDoors: Record<string, Door> = {
  'GET /healthz': page('/healthz'),
  'GET /readyz': page('/readyz'),
  'GET /assets/:name': open((scene, place) => (place === 'missing' ? '/assets/nothing.css' : scene.asset)),
  'GET /favicon.ico': page('/favicon.ico'),
  'GET /robots.txt': page('/robots.txt'),
  'GET /theme.css': page('/theme.css'),
  'GET /media/:name': open((scene, place) => `/media/${scene.media[place]}`),
  'GET /mod/login': page('/mod/login'),
  'GET /mod/login/second-factor': { ...page('/mod/login/second-factor'), legit: 'half' },
  'GET /mod/account/second-factor': staffPage(() => '/mod/account/second-factor'),
  'GET /mod/account': staffPage(() => '/mod/account'),
  'GET /mod/staff': staffPage(() => '/mod/staff', 'admin'),
  'GET /mod/staff/:id': staffPage((scene, place) => `/mod/staff/${place === 'missing' ? none : scene.shared[place === 'own' ? 'janitor' : 'foreign'].staffId}`, 'admin'),
  'GET /mod': staffPage(() => '/mod'),
  'GET /mod/queue': staffPage(() => '/mod/queue'),
  'GET /mod/queue/list': staffPage(() => '/mod/queue/list'),
  'GET /mod/log': staffPage(() => '/mod/log'),
  'GET /mod/media/:name': staffPage((scene, place) => `/mod/media/${scene.media[place]}`),
  'GET /mod/post/:id': staffPage((scene, place) => `/mod/post/${readThread(scene, place).id}`),
  'GET /mod/:slug/': staffPage((_scene, place) => `/mod/${slugOf(place)}/`),
  'GET /mod/:slug/thread/:no': staffPage((scene, place) => `/mod/${readThread(scene, place).slug}/thread/${readThread(scene, place).thread}`),
  'GET /log': page('/log'),
  'GET /bans/:id': { ...open((scene, place) => `/bans/${ownBans(scene, place)}`), legit: 'banned' },
  'GET /': page('/'),
  'GET /about': page('/about'),
  'GET /about/': page('/about/'),
  'GET /privacy': page('/privacy'),
  'GET /privacy/': page('/privacy/'),
  'GET /:slug/new': onBoard('/new'),
  'GET /:slug/thread': onBoard('/thread'),
  'GET /:slug/thread/:no/reply': onThread('/reply'),
  'GET /:slug/post/:no': onPost(''),
  'GET /:slug/post/:no/report': onPost('/report'),
  'GET /:slug/post/:no/delete': onPost('/delete'),
  'GET /:slug/thread/:no': onThread(''),
  'GET /:slug/thread/:no/': onThread('/'),
  'GET /:slug/thread/:no/updates': onThread('/updates?since=0'),
  'GET /:slug/': onBoard('/'),
  'GET /:slug/:page': onBoard('/1'),
  'GET /:slug': onBoard(''),
  'GET /:slug/:page/': onBoard('/2/'),
  'GET /:slug/catalog': onBoard('/catalog'),
  'GET /:slug/catalog/': onBoard('/catalog/'),
  'GET /:slug/archive': onBoard('/archive'),
  'GET /:slug/archive/:page': onBoard('/archive/1'),
  'GET /:slug/archive/': onBoard('/archive/'),
  'GET /:slug/archive/:page/': onBoard('/archive/2/'),
};

const staffForm = (legit: PersonName, ask: Door['ask']): Door => ({
  legit,
  hasToken: true,
  ask: async (scene, place, who) => {
    const { path, fields } = await ask(scene, place, who);
    return { path, fields: { form_token: who.formToken, ...fields } };
  },
});

/** Another account, for what admins do to accounts. */
const onStaff = (rest: string, fields: Record<string, string> = {}) =>
  staffForm('admin', async (scene, place) => ({ path: `/mod/staff/${place === 'missing' ? none : (await scene.hire(place === 'own' ? 'janitor' : 'foreign')).staffId}/${rest}`, fields }));

const newPost = { subject: 'A thread', body: 'The words of a form.' };
const reply: Door['ask'] = async (scene, place) => {
  const { slug, thread } = await makeThread(scene, place);
  return { path: `/${slug}/thread/${thread}/reply`, fields: { body: 'The words of a form.' } };
};

/** Every door that changes something, and those of them through which staff go in a way of their own. */
export const changingDoors: Record<string, Door> = {
  'POST /theme': { legit: 'visitor', leaves: 'cookie', ask: () => ({ path: '/theme', fields: { theme: 'dark' } }) },
  'POST /mod/login': {
    legit: 'visitor',
    ask: async (scene) => ({ path: '/mod/login', fields: { name: (await scene.hire('janitor', { hasSecondFactor: false })).name, password } }),
  },
  'POST /mod/login/second-factor': staffForm('half', async (scene, _place, who) => ({
    path: '/mod/login/second-factor',
    fields: { code: who.staffId === 0 ? '000000' : await scene.giveRecoveryCode(who) },
  })),
  'POST /mod/logout': staffForm('moderator', () => ({ path: '/mod/logout' })),
  'POST /mod/account/second-factor': staffForm('moderator', async (scene, _place, who) => {
    const form = (await scene.send('/mod/account/second-factor', who)).text;
    const enrolment = /name="enrolment" value="([^"]+)"/.exec(form)?.[1] ?? '';
    const secret = (/([A-Z2-7]{4}(?: [A-Z2-7]{4}){3,})/.exec(form)?.[1] ?? '').replaceAll(' ', '');
    return { path: '/mod/account/second-factor', fields: { enrolment, current: password, code: secret === '' ? '' : toCode(secret, scene.board.now()) } };
  }),
  'POST /mod/account/password': staffForm('moderator', () => ({
    path: '/mod/account/password',
    fields: { current: password, password: 'nine herons on a weir', again: 'nine herons on a weir' },
  })),
  'POST /mod/account/sessions': staffForm('moderator', async (scene, _place, who) => {
    if (who.staffId !== 0) await scene.openSession(who.staffId);
    return { path: '/mod/account/sessions', fields: { session: 'others' } };
  }),
  'POST /mod/staff': staffForm('admin', async (scene) => ({ path: '/mod/staff', fields: { name: `New ${(await scene.hire('janitor')).staffId}`, role: 'janitor' } })),
  'POST /mod/staff/:id/roles': onStaff('roles', { role: 'moderator' }),
  'POST /mod/staff/:id/second-factor': onStaff('second-factor'),
  'POST /mod/staff/:id/disable': onStaff('disable'),
  'POST /mod/staff/:id/enable': onStaff('enable'),
  'POST /mod/staff/:id/password': onStaff('password'),
  'POST /mod/act': staffForm('moderator', async (scene, place) => {
    return { path: '/mod/act', fields: { act: 'post.remove', reason: 'Off topic', back: '/mod', post: String((await makeThread(scene, place)).id) } };
  }),
  'POST /mod/undo': staffForm('moderator', async (scene, place) => {
    if (place === 'missing') return { path: '/mod/undo', fields: { log: none } };
    const { id } = await makeThread(scene, place);
    const log = await scene.act(scene.shared[place === 'own' ? 'janitor' : 'foreign'], { act: 'post.remove', post: String(id) });
    return { path: '/mod/undo', fields: { log: String(log) } };
  }),
  'POST /mod/appeals/:id/answer': staffForm('moderator', async (scene, place) => {
    const fields = { outcome: 'lifted', answer: 'Fine.' };
    if (place === 'missing') return { path: `/mod/appeals/${none}/answer`, fields };
    // What an admin decided a moderator would not answer.
    const id = await scene.ban(await makeThread(scene, place), scene.shared[place === 'own' ? 'moderator' : 'foreign']);
    await scene.db.updateTable('bans').set({ appeal: 'Please.', appealed_at: scene.board.now() }).where('id', '=', id).execute();
    return { path: `/mod/appeals/${id}/answer`, fields };
  }),
  'POST /bans/:id/appeal': {
    legit: 'banned',
    ask: async (scene, place) => {
      await scene.db.updateTable('bans').set({ appeal: null, appealed_at: null }).where('id', 'in', [scene.ownBan, scene.otherBan]).execute();
      return { path: `/bans/${ownBans(scene, place)}/appeal`, fields: { text: 'I did not mean it.' } };
    },
  },
  'POST /bans/:id/seen': {
    legit: 'banned',
    ask: async (scene, place) => {
      if (place === 'missing') return { path: `/bans/${none}/seen`, fields: {} };
      return { path: `/bans/${await scene.warn(place === 'own' ? scene.ownBan : scene.otherBan)}/seen`, fields: {} };
    },
  },
  'POST /:slug/thread': { legit: 'visitor', ask: (_scene, place) => ({ path: `/${slugOf(place)}/thread`, fields: { ...newPost, form_id: formId() } }) },
  'POST /:slug/thread/:no/reply': { legit: 'visitor', ask: reply },
  'POST /:slug/thread/:no/reply as moderator': staffForm('moderator', async (scene, place, who) => {
    const { path, fields } = await reply(scene, place, who);
    return { path, fields: { ...fields, capcode: 'moderator' } };
  }),
  'POST /:slug/post/:no/report': {
    legit: 'visitor',
    ask: async (scene, place) => {
      const { slug, no } = await makeThread(scene, place);
      return { path: `/${slug}/post/${no}/report`, fields: { reason: 'spam', note: '' } };
    },
  },
  // Nobody knows this password: taking away what others wrote goes through /mod/act alone.
  'POST /:slug/post/:no/delete': {
    legit: 'visitor',
    ask: async (scene, place) => {
      const { slug, no } = await makeThread(scene, place);
      return { path: `/${slug}/post/${no}/delete`, fields: { what: 'post', password: 'not the password' } };
    },
  },
  'POST /:slug/post/:no/delete by its poster': {
    legit: 'visitor',
    ask: async (scene, place) => {
      // The words of those that were deleted before are destroyed now, and not while somebody looks whether anything changed.
      await scene.board.doChores();
      if (place === 'missing') return { path: `/sheds/post/${none}/delete`, fields: { what: 'post', password: 'a password' } };
      const { slug, no } = await scene.startThread(slugOf(place), undefined, { password: 'a password' });
      return { path: `/${slug}/post/${no}/delete`, fields: { what: 'post', password: 'a password' } };
    },
  },
};

let formCount = 0;
const formId = () => `form-of-the-doors-${(formCount += 1)}`;

/** The route that a row is about: rows of one route differ by the words after it. */
export const toRoute = (row: string) => row.split(' ').slice(0, 2).join(' ');
