import type { UploadType } from '../db/tables.js';

/** A board with its limits, as every other part knows it. Lengths count UTF-16 units, sizes bytes. */
export interface Board {
  id: number;
  slug: string;
  title: string;
  description: string;
  sectionId: number;
  isSubjectRequired: boolean;
  isFileRequired: boolean;
  maxBodyLength: number;
  maxLines: number;
  maxFiles: number;
  maxFileBytes: number;
  allowedTypes: UploadType[];
  bumpLimit: number;
  replyLimit: number;
  maxThreads: number;
  threadsPerPage: number;
}

export interface Section {
  id: number;
  title: string;
  boards: Board[];
}

/** One line of the home page's board table. `days` are the visible posts of the last 14 days, oldest first. */
export interface BoardActivity {
  board: Board;
  postsToday: number;
  threadCount: number;
  days: number[];
}

/** One line of "latest posts". */
export interface LatestPost {
  boardSlug: string;
  threadNo: number;
  no: number;
  subject: string;
  excerpt: string;
  createdAt: Date;
}

/** Addresses of a board. Written here alone. */
export const toBoardPath = (slug: string) => `/${slug}/`;
export const toCatalogPath = (slug: string) => `/${slug}/catalog`;
export const toArchivePath = (slug: string) => `/${slug}/archive`;

/** First path parts that the site itself uses, so no board may have them. */
export const reservedSlugs: ReadonlySet<string> = new Set([
  'about', 'account', 'admin', 'all', 'api', 'appeal', 'archive', 'article', 'articles', 'assets', 'ban', 'bans', 'board', 'boards',
  'build', 'catalog', 'css', 'favicon', 'feed', 'feeds', 'files', 'health', 'healthz', 'help', 'home', 'img', 'index', 'js', 'live',
  'log', 'login', 'logout', 'media', 'metrics', 'mod', 'new', 'overboard', 'own', 'pages', 'post', 'posts', 'privacy', 'public', 'readyz',
  'reply', 'report', 'reports', 'robots', 'rules', 'search', 'section', 'settings', 'sitemap', 'socket', 'staff', 'static', 'theme',
  'thread', 'threads', 'updates', 'watch', 'watched', 'well',
]);

/** A slug's shape: 1 to 16 small letters and digits. */
export const isBoardSlug = (text: string) => /^[a-z0-9]{1,16}$/.test(text);
