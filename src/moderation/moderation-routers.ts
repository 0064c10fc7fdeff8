import express, { type Router } from 'express';
import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import type { Views } from '../http/views.js';
import type { Keys } from '../identity/keys.js';
import type { PostHtml } from '../posts/post-html.js';
import type { StaffSessions } from '../staff/sessions.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import { addActRoutes } from './act-routes.js';
import { addBanRoutes } from './ban-routes.js';
import type { Acts } from './create-acts.js';
import { addPublicLog, addStaffLog } from './log-routes.js';
import { addPrivateMedia } from './private-media-routes.js';
import { addQueueRoutes } from './queue-routes.js';
import { addStaffThreadRoutes } from './staff-thread-routes.js';

export interface PublicModerationParts {
  db: Kysely<Tables>;
  now: () => Date;
  views: Views;
  boards: BoardList;
  keys: Keys;
  /** Tells open queue pages that something changed (announce-queue.ts). */
  announceQueue: () => void;
}

export interface ModerationParts extends PublicModerationParts {
  postHtml: PostHtml;
  storage: MediaStorage;
  sessions: Pick<StaffSessions, 'requireStaff'>;
  acts: Acts;
}

/** What everybody can see of moderation: the log, and one's own bans. Mounted at the root. */
export function createPublicModerationRouter(parts: PublicModerationParts): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  addPublicLog(router, parts);
  addBanRoutes(router, parts);
  return router;
}

/** The pages and forms of moderators, all below /mod. Mounted at the root, after `sessions.loadStaff` for /mod. */
export function createModerationRouter(parts: ModerationParts): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  addQueueRoutes(router, parts);
  addStaffLog(router, parts);
  addActRoutes(router, parts);
  addPrivateMedia(router, parts);
  addStaffThreadRoutes(router, parts);
  return router;
}
