import type { BoardList } from '../boards/board-list.js';
import type { SafeHtml } from '../http/safe-html.js';
import { toViewTag } from '../identity/author-tags.js';
import type { UploadView } from '../posts/post.js';
import type { StaffMember } from '../staff/staff-member.js';
import { findThreadById } from '../threads/thread-store.js';
import { createTranslate, type Language, type TextKey } from '../texts/texts.js';
import { banHours } from './acts.js';
import type { Ban } from './ban.js';
import { findBansBefore, findEarlierBans } from './ban-store.js';
import { toStaffPostPath } from './mod-path.js';
import { findAuthorPosts, findOrigin } from './origin-store.js';
import { findNeighbours, type ReportCase } from './queue-store.js';
import { actReasons, toReasonKey } from './reasons.js';
import { groupReports, type ReportGroup } from './report-groups.js';
import { findOpenReports } from './report-store.js';
import { type Moment, sayAgo, sayHours, sayLeft, toMoment } from './say-when.js';
import { type Offer, toBoardReach, toOffer } from './staff-reach.js';
import { type StaffPostParts, toVeiledView } from './staff-posts.js';
import { toExcerpt } from './tidy-words.js';
import { canAnswer } from './undo-rules.js';

export interface CaseParts extends StaffPostParts {
  boards: Pick<BoardList, 'sections'>;
  now: () => Date;
}

/** Before the reported post one is shown and so many are folded away; after it come two. */
const foldedBefore = 10;
const shownAfter = 2;
const listedAuthorPosts = 20;

/** A reported post with what is needed to decide. */
export interface ReportView {
  postId: number;
  no: number;
  threadId: number;
  boardSlug: string;
  threadTitle: string;
  threadHref: string;
  heading: string;
  firstAgo: string;
  reasons: ReportGroup[];
  earlier: { count: number; posts: SafeHtml[] };
  before: SafeHtml[];
  post: SafeHtml;
  /** The pictures of the post, to be drawn veiled. */
  files: UploadView[];
  after: SafeHtml[];
  author: AuthorView | null;
  /** The choice of reasons, with the key that chooses each; the one most reporters gave is chosen. */
  choices: { key: number; label: TextKey; isChosen: boolean }[];
  hours: { value: number; text: string; isChosen: boolean }[];
  offer: Offer;
  otherBoards: string[];
}

/** What is known of the author as long as he is known: nothing that outlives the day or this member. */
interface AuthorView {
  tag: string;
  postsHere: number;
  posts: { href: string; slug: string; no: number; text: string; ago: string }[];
  warnedCount: number;
  bannedCount: number;
}

export async function findReportView(parts: CaseParts, member: StaffMember, report: ReportCase, lang: Language): Promise<ReportView | undefined> {
  const t = createTranslate(lang);
  const { db, postHtml, views } = parts;
  const thread = await findThreadById(db, report.threadId);
  const view = await postHtml.findView(db, report.postId, lang);
  if (thread === undefined || view === undefined) return undefined;
  const around = await findNeighbours(db, report, { before: foldedBefore + 1, after: shownAfter });
  const reports = await findOpenReports(db, [report.postId]);
  const sections = await parts.boards.sections();
  const draw = (ids: number[]) => renderVeiled(parts, ids, lang);
  const now = parts.now();
  return {
    postId: report.postId,
    no: report.no,
    threadId: report.threadId,
    boardSlug: report.boardSlug,
    threadTitle: thread.subject === '' ? t('threads.untitled', { no: String(thread.no) }) : thread.subject,
    threadHref: toStaffPostPath(report.boardSlug, report.threadNo, report.no),
    heading: t('moderation.caseHeading', { count: report.reportCount, reason: t(toReasonKey(report.topReason)) }),
    firstAgo: sayAgo(t, report.firstAt, now),
    reasons: groupReports(reports),
    earlier: { count: around.earlierCount - Math.min(1, around.before.length), posts: await draw(around.before.slice(0, -1)) },
    before: await draw(around.before.slice(-1)),
    post: views.render(lang, 'posts/post', { post: { ...view, uploads: [] } }),
    files: view.uploads.filter((upload) => !upload.isRemoved),
    after: await draw(around.after),
    author: await findAuthorView(parts, member, report, lang),
    choices: actReasons.map(({ value, key }, index) => ({ key: index + 1, label: key, isChosen: value === report.topReason })),
    hours: banHours.map((hours) => ({ value: hours, text: sayHours(t, hours), isChosen: hours === 168 })),
    offer: toOffer(member, report.boardId),
    otherBoards: sections.flatMap((section) => section.boards).map((board) => board.slug).filter((slug) => slug !== report.boardSlug),
  };
}

async function renderVeiled({ db, postHtml, views }: CaseParts, ids: number[], lang: Language): Promise<SafeHtml[]> {
  const pieces: SafeHtml[] = [];
  for (const id of ids) {
    const view = await postHtml.findView(db, id, lang);
    if (view !== undefined) pieces.push(views.render(lang, 'posts/post', { post: toVeiledView(view) }));
  }
  return pieces;
}

/** Other posts are listed from the boards where this member works, and from nowhere else. */
async function findAuthorView(parts: CaseParts, member: StaffMember, report: ReportCase, lang: Language): Promise<AuthorView | null> {
  const { db, keys } = parts;
  const t = createTranslate(lang);
  const origin = await findOrigin(db, report.postId);
  if (origin === undefined) return null;
  const reach = toBoardReach(member, 'queue.read');
  const posts = await findAuthorPosts(db, origin, reach === null ? {} : { boardIds: reach }, listedAuthorPosts);
  const earlier = await findEarlierBans(db, origin.banTag, origin.banKeyId, null);
  return {
    tag: toViewTag(keys, { staffId: member.id, dayTag: origin.dayTag }),
    postsHere: posts.filter((post) => post.threadId === report.threadId).length,
    posts: posts.map((post) => ({
      href: `/mod/post/${post.id}`,
      slug: post.boardSlug,
      no: post.no,
      text: toExcerpt(post.body, 100),
      ago: sayAgo(t, post.createdAt, parts.now()),
    })),
    warnedCount: earlier.filter((ban) => ban.kind === 'warning').length,
    bannedCount: earlier.filter((ban) => ban.kind === 'ban').length,
  };
}

/** An appealed ban with what is needed to answer. */
export interface AppealView {
  banId: number;
  boardSlug: string | null;
  postSlug: string;
  postNo: number;
  postHref: string | null;
  excerpt: string;
  reason: string;
  role: Ban['role'];
  since: Moment;
  until: Moment;
  left: string;
  appeal: string;
  appealAgo: string;
  /** This member set the ban: somebody else should answer, if there is somebody. */
  isOwn: boolean;
  /** Nobody above this member set it. */
  canAnswer: boolean;
  warnedCount: number;
  bannedCount: number;
  hours: { value: number; text: string }[];
}

export async function findAppealView(parts: CaseParts, member: StaffMember, ban: Ban, lang: Language): Promise<AppealView> {
  const t = createTranslate(lang);
  const now = parts.now();
  const earlier = await findBansBefore(parts.db, ban.id);
  const hoursLeft = (ban.expiresAt.getTime() - now.getTime()) / 3_600_000;
  return {
    banId: ban.id,
    boardSlug: ban.boardSlug,
    postSlug: ban.post.boardSlug,
    postNo: ban.post.no,
    postHref: ban.post.id === null ? null : `/mod/post/${ban.post.id}`,
    excerpt: ban.post.excerpt,
    reason: ban.reason,
    role: ban.role,
    since: toMoment(ban.createdAt),
    until: toMoment(ban.expiresAt),
    left: sayLeft(t, ban.expiresAt, now),
    appeal: ban.appeal?.text ?? '',
    appealAgo: sayAgo(t, ban.appeal?.at ?? now, now),
    isOwn: ban.staffId === member.id,
    canAnswer: canAnswer(member, ban),
    warnedCount: earlier.filter((each) => each.kind === 'warning').length,
    bannedCount: earlier.filter((each) => each.kind === 'ban').length,
    hours: banHours.filter((hours) => hours < hoursLeft).map((hours) => ({ value: hours, text: sayHours(t, hours) })),
  };
}
