import type { IncomingMessage } from 'node:http';
import express, { type Express } from 'express';
import type { Kysely } from 'kysely';
import type { BoardList } from './boards/board-list.js';
import { createHomeRouter } from './boards/home-routes.js';
import type { Config } from './config.js';
import type { Tables } from './db/tables.js';
import { createAssetRouter } from './http/asset-routes.js';
import { createErrorHandler } from './http/error-handler.js';
import { notFound } from './http/errors.js';
import { addHealthRoutes } from './http/health-routes.js';
import { createHostCheck } from './http/host-check.js';
import type { PageReads } from './http/page-reads.js';
import { createRequestContext, type RequestAddress } from './http/request.js';
import { checkSameSite } from './http/same-site.js';
import { createSecurity } from './http/security.js';
import { createThemeRoutes } from './http/theme-routes.js';
import type { Views } from './http/views.js';
import type { Keys } from './identity/keys.js';
import type { Log } from './log.js';
import type { Acts } from './moderation/create-acts.js';
import { createModerationRouter, createPublicModerationRouter } from './moderation/moderation-routers.js';
import { createPrivacyRouter } from './pages/privacy-routes.js';
import { createPostingRouter } from './posting/posting-routes.js';
import type { PostHtml } from './posts/post-html.js';
import type { PostingLimits } from './spam/posting-limits.js';
import { createLoginRouter } from './staff/login-routes.js';
import type { LoginThrottle } from './staff/login-throttle.js';
import type { StaffSessions } from './staff/sessions.js';
import { createStaffRouter } from './staff/staff-routes.js';
import { createBoardRouter } from './threads/board-routes.js';
import type { ThreadPublisher } from './threads/thread-publisher.js';
import type { CardHtml } from './threads/card-html.js';
import { createThreadRouter } from './threads/thread-routes.js';
import type { KeptUploads } from './uploads/keep-upload.js';
import { createMediaRouter } from './uploads/media-routes.js';
import type { MediaStorage } from './uploads/media-storage.js';
import type { UploadProcessor } from './uploads/process-upload.js';
import type { UploadReceiver } from './uploads/receive-upload.js';

/** Everything that routes use, made once in start-board.ts. */
export interface AppParts {
  config: Readonly<Config>;
  now: () => Date;
  log: Log;
  db: Kysely<Tables>;
  pageReads: PageReads;
  keys: Keys;
  views: Views;
  assets: { dir: string; files: Record<string, string> };
  readAddress: (req: IncomingMessage) => RequestAddress | undefined;
  boards: BoardList;
  postHtml: PostHtml;
  cardHtml: CardHtml;
  publisher: ThreadPublisher;
  receiver: UploadReceiver;
  processor: UploadProcessor;
  storage: MediaStorage;
  keptUploads: KeptUploads;
  limits: PostingLimits;
  sessions: StaffSessions;
  /** Where failed logins are remembered; in this process when undefined. */
  throttle: LoginThrottle | undefined;
  acts: Acts;
  announceQueue: () => void;
  /** Whether the board takes requests: false from SIGTERM on. */
  isReady: () => boolean;
}

/** The table of contents: what every request passes, then every door. */
export function createApp(parts: AppParts): Express {
  const { config, log, views } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.set('query parser', 'simple');
  app.set('etag', false);

  app.use(createSecurity(config));
  addHealthRoutes(app, { db: parts.db, isReady: parts.isReady });
  app.use(createRequestContext({ readAddress: parts.readAddress, publicOrigin: config.publicOrigin }));
  app.use(createHostCheck({ ...config, log }));
  app.use(checkSameSite);

  // Boards first: a router that has no route for a request costs it a turn of the event loop.
  app.use(createPostingRouter(parts));
  app.use(createThreadRouter(parts));
  app.use(createBoardRouter(parts));

  app.use(createAssetRouter({ dir: parts.assets.dir, assets: parts.assets.files }));
  app.use(createThemeRoutes({ dir: parts.assets.dir }));
  app.use(createMediaRouter({ storage: parts.storage, isShared: config.mediaOrigin !== undefined }));

  app.use('/mod', parts.sessions.loadStaff);
  app.use(createLoginRouter(parts));
  app.use(createStaffRouter(parts));
  app.use(createModerationRouter(parts));
  app.use(createPublicModerationRouter(parts));

  app.use(createHomeRouter(parts));
  app.use(createPrivacyRouter(parts));

  app.use(() => {
    throw notFound();
  });
  app.use(createErrorHandler({ views, log }));
  return app;
}
