import { bans } from './en/bans.js';
import { boards } from './en/boards.js';
import { doctor } from './en/doctor.js';
import { errors } from './en/errors.js';
import { frame } from './en/frame.js';
import { limits } from './en/limits.js';
import { moderation } from './en/moderation.js';
import { operate } from './en/operate.js';
import { pages } from './en/pages.js';
import { posting } from './en/posting.js';
import { posts } from './en/posts.js';
import { queue } from './en/queue.js';
import { references } from './en/references.js';
import { refusals } from './en/refusals.js';
import { seed } from './en/seed.js';
import { staff } from './en/staff.js';
import { start } from './en/start.js';
import { threads } from './en/threads.js';
import { uploads } from './en/uploads.js';

/** All English texts, one table a part of the product. The type of this table is the list of keys every language needs. */
export const en = { ...frame, ...errors, ...limits, ...boards, ...threads, ...posts, ...posting, ...references, ...refusals, ...uploads, ...moderation, ...queue, ...bans, ...operate, ...doctor, ...seed, ...staff, ...start, ...pages } as const;
