import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';
import type { PostHtml } from '../posts/post-html.js';
import { findChangedBacklinks, findChangedHeads } from '../posts/post-store.js';
import { toThreadPath } from '../posts/post.js';
import type { Language } from '../texts/texts.js';
import type { PlacedThread } from './thread-store.js';
import type { ThreadChanges, ThreadPush, ThreadState } from './thread.js';

/**
 * Everything visible that happened to a thread after change number `since`. Backlinks are pieces of their own: a changed post keeps
 * those it has. With `upTo` nothing is said of posts above that number: for pages that show some of a thread. What commits while this runs is in a later answer: it carries a higher number.
 */
export async function findChanges(db: Kysely<Tables>, postHtml: PostHtml, thread: PlacedThread, since: number, lang: Language, upTo = Infinity): Promise<ThreadChanges> {
  const isRemoved = thread.removedAt !== null;
  // What committed since the thread was read carries a higher number and belongs to the next answer: nothing is told twice.
  const span = { since, until: thread.changeNo };
  const heads = isRemoved ? [] : (await findChangedHeads(db, thread.id, span)).filter(({ no }) => no <= upTo);
  const quoted = isRemoved ? [] : (await findChangedBacklinks(db, thread.id, span)).filter(({ no }) => no <= upTo);
  const shown = heads.filter((head) => !head.isHidden);
  const pieces = await postHtml.renderPosts(db, shown, lang);
  const backlinks = await postHtml.renderBacklinks(db, quoted, lang);
  return {
    board: thread.boardSlug,
    thread: thread.no,
    from: since,
    to: thread.changeNo,
    posts: shown.flatMap((head) => {
      const html = pieces.get(head.id)?.html;
      return html === undefined ? [] : [{ no: head.no, html }];
    }),
    removed: heads.filter((head) => head.isHidden).map((head) => head.no),
    backlinks: quoted.map((post) => ({ no: post.no, html: backlinks.get(post.id)?.html ?? '' })),
    state: toThreadState(thread),
  };
}

/** Changes as they are pushed. */
export function toPush({ removed, backlinks, state, ...changes }: ThreadChanges): ThreadPush {
  const { fileCount, ...facts } = state;
  return {
    ...changes,
    ...(removed.length > 0 && { removed }),
    ...(backlinks.length > 0 && { backlinks }),
    state: { ...facts, ...(fileCount > 0 && { fileCount }) },
  };
}

/** The answer to a page that still shows a thread under the address it had before it moved: nothing but where it is now. */
export function toMovedChanges(thread: PlacedThread, old: { boardSlug: string; no: number }, since: number): ThreadChanges {
  return {
    board: old.boardSlug,
    thread: old.no,
    from: since,
    to: thread.changeNo,
    posts: [],
    removed: [],
    backlinks: [],
    state: { ...toThreadState(thread), movedTo: toThreadPath(thread.boardSlug, thread.no) },
  };
}

export function toThreadState(thread: PlacedThread): ThreadState {
  return {
    replyCount: thread.replyCount,
    fileCount: thread.fileCount,
    ...(thread.isSticky && { isSticky: true }),
    ...(thread.isLocked && { isLocked: true }),
    ...(thread.isCyclical && { isCyclical: true }),
    ...(thread.isArchived && { isArchived: true }),
    ...(thread.removedAt !== null && { isRemoved: true }),
  };
}
