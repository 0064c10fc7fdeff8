import type { Kysely } from 'kysely';
import type { BoardList } from '../boards/board-list.js';
import type { Tables } from '../db/tables.js';
import type { Views } from '../http/views.js';
import type { Keys } from '../identity/keys.js';
import type { Log } from '../log.js';
import type { PostHtml } from '../posts/post-html.js';
import type { PostingLimits } from '../spam/posting-limits.js';
import type { StaffSessions } from '../staff/sessions.js';
import type { ThreadPublisher } from '../threads/thread-publisher.js';
import type { KeptUploads } from '../uploads/keep-upload.js';
import type { MediaStorage } from '../uploads/media-storage.js';
import type { UploadProcessor } from '../uploads/process-upload.js';
import type { UploadReceiver } from '../uploads/receive-upload.js';

/** Everything that posting works with. */
export interface PostingParts {
  db: Kysely<Tables>;
  now: () => Date;
  views: Views;
  boards: BoardList;
  postHtml: PostHtml;
  publisher: Pick<ThreadPublisher, 'publish'>;
  receiver: UploadReceiver;
  processor: Pick<UploadProcessor, 'process'>;
  storage: MediaStorage;
  keptUploads: KeptUploads;
  keys: Keys;
  limits: PostingLimits;
  sessions: Pick<StaffSessions, 'verifySession'>;
  /** Tells open pages of the moderators' queue that a report came in. */
  announceQueue: () => void;
  log: Log;
}
