import type { Board } from '../../src/boards/board.js';
import { toSafeHtml } from '../../src/http/safe-html.js';
import { toPrivacyPage } from '../../src/pages/privacy-page.js';
import type { PostView, UploadView } from '../../src/posts/post.js';
import { createTranslate } from '../../src/texts/texts.js';
import type { Thread } from '../../src/threads/thread.js';

/** Believable locals for every public view, so that each can be rendered alone. */

const at = new Date('2026-05-13T09:05:00Z');

const board: Board = {
  id: 1,
  slug: 'film',
  title: 'Film photography',
  description: 'Cameras, film, darkrooms.',
  sectionId: 1,
  isSubjectRequired: true,
  isFileRequired: true,
  maxBodyLength: 8000,
  maxLines: 200,
  maxFiles: 4,
  maxFileBytes: 8_000_000,
  allowedTypes: ['jpeg', 'png', 'webp', 'gif'],
  bumpLimit: 300,
  replyLimit: 500,
  maxThreads: 200,
  threadsPerPage: 10,
};

const upload: UploadView = {
  url: '/media/a.jpg',
  thumbUrl: '/media/a-thumb.jpg',
  type: 'gif',
  originalName: 'frame-8.gif',
  bytes: 720_000,
  width: 1800,
  height: 2400,
  thumbWidth: 180,
  thumbHeight: 240,
  alt: 'A cat beside window light.',
  isSpoiler: false,
  isRemoved: false,
};

export const makePost = (over: Partial<PostView> = {}): PostView => ({
  id: 99,
  no: 456,
  boardSlug: 'film',
  threadNo: 123,
  version: 1,
  isOp: false,
  isSage: false,
  name: '',
  tripcode: null,
  capcode: null,
  subject: '',
  createdAt: at,
  html: toSafeHtml('<p>The failures stay in view.</p>'),
  uploads: [],
  sanction: null,
  removal: null,
  ...over,
});

const makeThread = (over: Partial<Thread> = {}): Thread => ({
  id: 7,
  boardId: 1,
  no: 123,
  changeNo: 9,
  bumpNo: 456,
  subject: 'Contact sheets',
  replyCount: 34,
  fileCount: 11,
  isSticky: true,
  isLocked: false,
  isBumplocked: false,
  isCyclical: false,
  isArchived: false,
  createdAt: at,
  lastPostAt: at,
  ...over,
});

const makeForm = (over: object = {}) => ({
  action: '/film/thread/123/reply',
  kind: 'reply',
  board,
  threadNo: 123,
  values: { name: '', subject: '', body: '', sage: false, password: '' },
  errors: [],
  kept: [],
  lostSecret: false,
  isStandalone: false,
  ...over,
});

const postHtml = toSafeHtml('<article class=post id=p456></article>');
const fullPost = makePost({ capcode: 'moderator', tripcode: '!a', isSage: true, sanction: 'banned', uploads: [upload, { ...upload, isSpoiler: true }, { ...upload, isRemoved: true }] });
const newForm = makeForm({ kind: 'thread', threadNo: null, action: '/film/thread' });
const refusedForm = makeForm({
  isStandalone: true,
  lostSecret: true,
  errors: ['name', 'subject', 'body', 'files', 'password', null].map((field) => ({ field, message: `What is wrong with ${field}.` })),
  kept: [{ token: 'abc', originalName: 'kept.jpg', bytes: 1000, alt: 'Kept', isSpoiler: true }],
});

type Page = [view: string, locals: object];

const threadPage = (over: object = {}): Page => ['threads/thread', { board, thread: makeThread(), replyState: 'open', pieces: postHtml, form: makeForm(), posted: 456, ...over }];
const indexPage = (subject: string): Page => [
  'threads/index',
  {
    board,
    threads: [{ thread: makeThread({ subject }), opHtml: postHtml, repliesHtml: toSafeHtml(''), omittedReplyCount: 31, omittedFileCount: 9 }],
    page: 1,
    pageCount: 3,
    stand,
    form: newForm,
  },
];
const stand = { newestNo: 124, topNo: 456 };
const card = (title: string): Page => [
  'threads/card',
  { slug: 'film', card: { thread: makeThread(), title, excerpt: title, thumb: { url: '/media/a.jpg', width: 240, height: 180 }, isSpoiler: false } },
];
const catalogPage = (title: string): Page => [
  'threads/catalog',
  {
    board,
    pieces: toSafeHtml('<li class="card" data-thread="123"></li>'),
    shown: 1,
    total: 64,
    stand,
    filter: { q: title, sort: 'new', files: true, locked: true },
  },
];
const actionsPage = (over: object = {}): Page => [
  'posts/actions',
  { board, thread: makeThread(), post: makePost(), postHtml, reportReasons: [{ value: 'spam', key: 'posts.spoiler' }], notice: 'Thank you.', error: { field: 'reason', message: 'Choose one.' }, values: {}, ...over },
];
const homePage = (text: string): Page => [
  'boards/home',
  {
    sections: ['Topics', 'Cities'].map((title) => ({ title, boards: [{ board, postsToday: 3, threadCount: 4, days: Array.from({ length: 14 }, (_none, day) => day) }] })),
    latest: [{ boardSlug: 'film', threadNo: 123, no: 456, subject: text, excerpt: text, createdAt: at }],
    postsToday: 1,
    boardCount: 2,
  },
];
const archivePage = (subject: string): Page => ['threads/archive', { board, threads: [makeThread({ subject, isArchived: true })], page: 2, pageCount: 2 }];
const replyPage = (text: string): Page => ['posting/reply', { board, thread: makeThread({ subject: text }), form: makeForm({ isStandalone: true, values: { name: text, subject: text, body: text, sage: true, password: '' } }), quoted: postHtml }];

export const samplePages = {
  board,
  pages: [
    homePage('Contact sheets'),
    ['boards/about', {}],
    ['pages/privacy', toPrivacyPage(createTranslate('en'), 72)],
    indexPage('Contact sheets'),
    ['threads/index', { board: { ...board, description: '', maxFiles: 0 }, threads: [], page: 1, pageCount: 1, stand, form: makeForm({ kind: 'thread', threadNo: null, board: { ...board, maxFiles: 0 } }) }],
    catalogPage('Contact sheets'),
    card('Contact sheets'),
    ['threads/card', { slug: 'film', card: { thread: makeThread({ no: 124, isLocked: true }), title: '', excerpt: '', thumb: null, isSpoiler: true } }],
    ['threads/catalog', { board, pieces: toSafeHtml(''), shown: 0, total: 0, stand, filter: { q: '', sort: 'bump', files: false, locked: false } }],
    archivePage('Contact sheets'),
    ['threads/archive', { board, threads: [], page: 1, pageCount: 1 }],
    threadPage(),
    threadPage({ posted: null, replyState: 'locked', thread: makeThread({ isLocked: true, subject: '' }) }),
    threadPage({ replyState: 'archived', thread: makeThread({ isArchived: true, isCyclical: true }) }),
    ['posts/post', { post: fullPost }],
    ['posts/backlinks', { no: 456, links: [{ href: '/film/thread/123#p457', no: 457, boardSlug: 'film', isElsewhere: false }, { href: '/x/thread/1#p2', no: 2, boardSlug: 'x', isElsewhere: true }], moreCount: 5 }],
    actionsPage(),
    actionsPage({ post: makePost({ removal: { reason: '' } }), notice: null, error: { field: 'password', message: 'Wrong.' } }),
    replyPage('Contact sheets'),
    ['posting/new', { board, form: makeForm({ kind: 'thread', threadNo: null, isStandalone: true }) }],
    ['posting/refused', { title: 'Not posted yet', form: refusedForm }],
    ['frame/error', { status: 404, message: 'There is no page here.', backHref: '/film/' }],
  ] satisfies Page[],
  /** The same pages with a visitor's text in every place that takes one. */
  withText: (text: string): Page[] => [
    homePage(text),
    indexPage(text),
    catalogPage(text),
    card(text),
    archivePage(text),
    threadPage({ thread: makeThread({ subject: text }) }),
    ['posts/post', { post: makePost({ name: text, tripcode: text, subject: text, uploads: [{ ...upload, alt: text, originalName: text }] }) }],
    ['posts/post', { post: makePost({ removal: { reason: text } }) }],
    actionsPage({ notice: text, error: { field: 'note', message: text }, values: { note: text } }),
    replyPage(text),
    ['posting/refused', { title: text, form: makeForm({ isStandalone: true, errors: [{ field: 'body', message: text }], kept: [{ token: text, originalName: text, bytes: 1, alt: text, isSpoiler: false }] }) }],
    ['frame/error', { status: 400, message: text, backHref: text }],
  ],
};
