import type { Kysely } from 'kysely';
import type { Tables, UploadRow } from '../db/tables.js';
import type { SafeHtml } from '../http/safe-html.js';
import type { Views } from '../http/views.js';
import { toViewTag } from '../identity/author-tags.js';
import type { Keys } from '../identity/keys.js';
import { insertBacklinks, type PostHtml, toView } from '../posts/post-html.js';
import { findPosts, findQuotedPlaces, type PlacedPost, type PostHead } from '../posts/post-store.js';
import type { PostView, UploadView } from '../posts/post.js';
import { findAllUploads } from '../posts/upload-store.js';
import type { StaffMember } from '../staff/staff-member.js';
import { createTranslate, type Language } from '../texts/texts.js';
import { acts, isActName } from './acts.js';
import { type LogLine, toLine } from './log-page.js';
import { findStandingActs, type LogEntry } from './mod-log-store.js';
import { toPrivateMediaUrl } from './mod-path.js';
import { findOrigins } from './origin-store.js';
import { groupReports, type ReportGroup } from './report-groups.js';
import { findOpenReports } from './report-store.js';

export interface StaffPostParts {
  db: Kysely<Tables>;
  views: Views;
  postHtml: PostHtml;
  keys: Keys;
}

/** A post as moderators see it: the same fragment as everybody's, whole even when it was removed, and what is known around it. */
export interface StaffPost {
  id: number;
  no: number;
  isOp: boolean;
  html: SafeHtml;
  isRemoved: boolean;
  isPurged: boolean;
  /** Five signs that mark one author's posts for this member and this day; null when the author is not known any more. */
  authorTag: string | null;
  files: { id: number; label: string; isRemoved: boolean; isSpoiler: boolean }[];
  reportCount: number;
  reports: ReportGroup[];
  /** What was done to it and stands, newest first. */
  standing: LogLine[];
}

/** The posts of these heads for `member`, in their order. */
export async function findStaffPosts(parts: StaffPostParts, member: StaffMember, heads: PostHead[], lang: Language): Promise<StaffPost[]> {
  const { db, keys } = parts;
  const ids = heads.map((head) => head.id);
  const posts = new Map((await findPosts(db, ids)).map((post) => [post.id, post]));
  const uploads = (await findAllUploads(db, ids)).filter((upload) => upload.removed_as !== 'poster');
  const pieces = await renderPieces(parts, heads, posts, uploads, lang);
  const origins = await findOrigins(db, ids);
  const reports = await findOpenReports(db, ids);
  const hiddenAt = [...posts.values()].flatMap((post) => (post.removed_as === 'staff' && post.removed_at !== null ? [post.removed_at] : []));
  const standing = await findStandingActs(db, ids, hiddenAt);
  const t = createTranslate(lang);
  return heads.flatMap((head) => {
    const post = posts.get(head.id);
    const html = pieces.get(head.id);
    if (post === undefined || html === undefined) return [];
    const origin = origins.get(head.id);
    return [
      {
        id: post.id,
        no: post.no,
        isOp: post.is_op,
        html,
        isRemoved: post.removed_as !== null,
        isPurged: post.destroyed_at !== null,
        authorTag: origin === undefined ? null : toViewTag(keys, { staffId: member.id, dayTag: origin.dayTag }),
        files: uploads.filter((upload) => upload.post_id === post.id).map(toFile),
        reportCount: reports.filter((report) => report.postId === post.id).length,
        reports: groupReports(reports.filter((report) => report.postId === post.id)),
        standing: standing.filter((entry) => isAbout(entry, post.id)).map((entry) => toLine(t, entry, member)),
      },
    ];
  });
}

/** Acts on the thread stand above it, not below its OP. */
function isAbout(entry: LogEntry, postId: number): boolean {
  if (isActName(entry.action) && acts[entry.action].permission.startsWith('thread.')) return false;
  return entry.postId === postId || (entry.details.postIds?.includes(postId) ?? false);
}

const toFile = (upload: UploadRow) => ({
  id: upload.id,
  label: upload.original_name,
  isRemoved: upload.removed_as !== null,
  isSpoiler: upload.is_spoiler,
});

/** Most posts are the pieces that everybody gets; those with something removed are drawn whole, for staff alone. */
async function renderPieces(
  { db, views, postHtml }: StaffPostParts,
  heads: PostHead[],
  posts: Map<number, PlacedPost>,
  uploads: UploadRow[],
  lang: Language,
): Promise<Map<number, SafeHtml>> {
  const isHidden = (post: PlacedPost) => post.removed_as === 'staff' && post.destroyed_at === null;
  // With a thread go the files of all its posts.
  const hasHidden = new Set(uploads.filter((upload) => upload.removed_as !== null || posts.get(upload.post_id)?.thread_removed_at !== null).map((upload) => upload.post_id));
  const special = [...posts.values()].filter((post) => isHidden(post) || (post.removed_as === null && hasHidden.has(post.id)));
  const specialIds = special.map((post) => post.id);
  const quoted = await findQuotedPlaces(db, specialIds);
  const pieces = await postHtml.renderPosts(db, heads.filter((head) => !specialIds.includes(head.id)), lang);
  for (const post of special) {
    const own = uploads.filter((upload) => upload.post_id === post.id);
    const view = toView({ ...post, removed_at: null }, own, quoted, lang, postHtml.toMediaUrl);
    const shown = view.uploads.map((upload, index) => toStaffUpload(upload, own[index], isHidden(post) || post.thread_removed_at !== null));
    pieces.set(post.id, views.render(lang, 'posts/post', { post: { ...view, uploads: shown } }));
  }
  const backlinks = await postHtml.renderBacklinks(db, heads, lang);
  return new Map([...pieces].map(([id, piece]) => [id, insertBacklinks(piece, backlinks.get(id))]));
}

/** A file out of public reach is behind the staff's own door, and is not drawn before somebody asks for it. */
function toStaffUpload(view: UploadView, upload: UploadRow | undefined, isOutOfReach: boolean): UploadView {
  if (upload === undefined || (!isOutOfReach && upload.removed_as === null)) return view;
  return { ...view, url: toPrivateMediaUrl(upload.name), thumbUrl: toPrivateMediaUrl(upload.thumb_name), isRemoved: false, isSpoiler: true };
}

/** A post as part of somebody else's case: its pictures are not drawn. */
export const toVeiledView = (view: PostView): PostView => ({ ...view, uploads: view.uploads.map((upload) => ({ ...upload, isSpoiler: true })) });
