import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Tables, UploadRow } from '../db/tables.js';
import { joinHtml, type SafeHtml, toSafeHtml } from '../http/safe-html.js';
import type { Views } from '../http/views.js';
import { fillReferences, type ReferenceLabel } from '../markup/fill-references.js';
import { createTranslate, type Language } from '../texts/texts.js';
import {
  backlinksShown,
  findBacklinks,
  findPosts,
  findQuotedPlaces,
  findUploads,
  type PlacedPost,
  type PostHead,
  type PostPlace,
} from './post-store.js';
import { type Backlink, type PostView, toPostPath, type UploadView } from './post.js';

/** Where stored posts become HTML, and nowhere else: the page, the JSON and the push all carry these pieces. */
export interface PostHtml {
  /** Each post's own piece by id. It depends on nothing but the post's version and the language, and is kept in memory. */
  renderPosts: (db: Kysely<Tables>, heads: PostHead[], lang: Language) => Promise<Map<number, SafeHtml>>;
  /** The backlinks of these posts as pieces by id; a post that nobody quotes has an empty one. */
  renderBacklinks: (db: Kysely<Tables>, posts: { id: number; no: number }[], lang: Language) => Promise<Map<number, SafeHtml>>;
  /** Posts with their backlinks inside, by id: what a page shows. They are kept until the posts or their backlinks change. */
  renderWithBacklinks: (db: Kysely<Tables>, heads: PostHead[], lang: Language) => Promise<Map<number, SafeHtml>>;
  /** The address of a stored file: where pictures have an origin of their own, with it. */
  toMediaUrl: (name: string) => string;
  /** The view of one post, for pages that say more about it. */
  findView: (db: Kysely<Tables>, id: number, lang: Language) => Promise<PostView | undefined>;
}

/** A finished piece and what it was made from. */
interface KeptPiece {
  madeFrom: string;
  piece: SafeHtml;
}

/** Bytes of memory for finished pieces in each process. */
export const postCacheBytes = 64 * 2 ** 20;

/** Makes the renderer. `cacheBytes` bounds the memory for finished pieces. */
export function createPostHtml(options: { views: Views; mediaOrigin?: string; cacheBytes?: number }): PostHtml {
  const { views, mediaOrigin = '' } = options;
  const toMediaUrl = (name: string) => `${mediaOrigin}/media/${name}`;
  // What a post was made from stands beside its piece and not in the key: the next piece takes the place of the last, which nobody
  // asks for again. An OP that is quoted a thousand times would else leave a thousand of them, until they push other posts out.
  const cache = new LRUCache<string, KeptPiece>({ maxSize: options.cacheBytes ?? postCacheBytes, sizeCalculation: ({ piece }) => piece.heldBytes });

  function findKept(key: string, madeFrom: string): SafeHtml | undefined {
    const kept = cache.get(key);
    return kept?.madeFrom === madeFrom ? kept.piece : undefined;
  }

  async function renderPosts(db: Kysely<Tables>, heads: PostHead[], lang: Language): Promise<Map<number, SafeHtml>> {
    const pieces = new Map<number, SafeHtml>();
    const missing: number[] = [];
    for (const head of heads) {
      const piece = findKept(`${head.id}:${lang}`, String(head.version));
      if (piece === undefined) missing.push(head.id);
      else pieces.set(head.id, piece);
    }
    for (const post of await findViews(db, missing, lang, toMediaUrl)) {
      const piece = views.render(lang, 'posts/post', { post });
      cache.set(`${post.id}:${lang}`, { madeFrom: String(post.version), piece });
      pieces.set(post.id, piece);
    }
    return pieces;
  }

  async function renderBacklinks(db: Kysely<Tables>, posts: { id: number; no: number }[], lang: Language): Promise<Map<number, SafeHtml>> {
    const found = await findBacklinks(db, posts.map((post) => post.id));
    return new Map(
      posts.map((post) => {
        const entry = found.get(post.id);
        if (entry === undefined) return [post.id, toSafeHtml('')];
        const links = entry.from.map((from) => toBacklink(from, entry.threadId));
        return [post.id, views.render(lang, 'posts/backlinks', { no: post.no, links, moreCount: Math.max(0, entry.count - backlinksShown) })];
      }),
    );
  }

  return {
    renderPosts,
    renderBacklinks,
    toMediaUrl,
    async renderWithBacklinks(db, heads, lang) {
      const quoted = heads.filter((head) => head.backlinksChangeNo > 0);
      const toKey = ({ id }: PostHead) => `${id}:${lang}:whole`;
      const toSource = ({ version, backlinksChangeNo }: PostHead) => `${version}:${backlinksChangeNo}`;
      const whole = new Map(quoted.flatMap((head) => toPairs(head.id, findKept(toKey(head), toSource(head)))));
      const missing = heads.filter((head) => !whole.has(head.id));
      const pieces = await renderPosts(db, missing, lang);
      const missingQuoted = missing.filter((head) => head.backlinksChangeNo > 0);
      const backlinks = await renderBacklinks(db, missingQuoted, lang);
      for (const head of missingQuoted) {
        const piece = pieces.get(head.id);
        if (piece === undefined) continue;
        const joined = insertBacklinks(piece, backlinks.get(head.id));
        cache.set(toKey(head), { madeFrom: toSource(head), piece: joined });
        pieces.set(head.id, joined);
      }
      return new Map(heads.flatMap(({ id }) => toPairs(id, whole.get(id) ?? pieces.get(id))));
    },
    async findView(db, id, lang) {
      const [view] = await findViews(db, [id], lang, toMediaUrl);
      return view;
    },
  };
}

const toPairs = (id: number, piece: SafeHtml | undefined): [number, SafeHtml][] => (piece === undefined ? [] : [[id, piece]]);

const endOfPost = '</article>';

/** Puts a backlinks piece where it stands in a page: last inside its post. */
export function insertBacklinks(post: SafeHtml, backlinks: SafeHtml | undefined): SafeHtml {
  if (backlinks === undefined || backlinks.html === '' || !post.html.endsWith(endOfPost)) return post;
  return joinHtml([toSafeHtml(post.html.slice(0, -endOfPost.length)), backlinks, toSafeHtml(endOfPost)]);
}

async function findViews(db: Kysely<Tables>, ids: number[], lang: Language, toMediaUrl: PostHtml['toMediaUrl']): Promise<PostView[]> {
  const posts = await findPosts(db, ids);
  const shownIds = posts.filter((post) => post.removed_at === null).map((post) => post.id);
  const uploads = await findUploads(db, shownIds);
  const quoted = await findQuotedPlaces(db, shownIds);
  return posts.map((post) => toView(post, uploads.filter((upload) => upload.post_id === post.id), quoted, lang, toMediaUrl));
}

/** A post's row as its template gets it. Of a removed post nothing but the reason goes out. */
export function toView(post: PlacedPost, uploads: UploadRow[], quoted: Map<number, PostPlace>, lang: Language, toMediaUrl: PostHtml['toMediaUrl']): PostView {
  const isRemoved = post.removed_at !== null;
  const label = createLabel(post.thread_id, post.board_slug, quoted, lang);
  return {
    id: post.id,
    no: post.no,
    boardSlug: post.board_slug,
    threadNo: post.thread_no,
    version: post.version,
    isOp: post.is_op,
    isSage: post.is_sage,
    name: isRemoved ? '' : post.name,
    tripcode: isRemoved ? null : post.tripcode,
    capcode: isRemoved ? null : post.capcode,
    subject: isRemoved ? '' : post.subject,
    createdAt: post.created_at,
    html: toSafeHtml(isRemoved ? '' : fillReferences(post.body_html, label)),
    uploads: isRemoved ? [] : uploads.map((upload) => toUploadView(upload, toMediaUrl)),
    sanction: post.sanction,
    removal: isRemoved ? { reason: post.removal_reason ?? '' } : null,
  };
}

/** Tells what a reference in a post of this thread says and leads to; a quoted post that is hidden has no label. */
function createLabel(threadId: number, boardSlug: string, quoted: Map<number, PostPlace>, lang: Language) {
  const t = createTranslate(lang);
  return (postId: number): ReferenceLabel | undefined => {
    const place = quoted.get(postId);
    if (place === undefined || place.isHidden) return undefined;
    const isHere = place.threadId === threadId;
    const mark = place.isOp && isHere ? ` ${t('references.opMark')}` : isHere ? '' : ' →';
    const board = place.boardSlug === boardSlug ? '' : `/${place.boardSlug}/`;
    return {
      href: toPostPath(place.boardSlug, place.threadNo, place.no),
      refText: `${board === '' ? '>>' : `>>>${board}`}${place.no}${mark}`,
      srcText: `${t('references.no')} ${board}${place.no}${mark}`,
    };
  };
}

function toBacklink(from: PostPlace, threadId: number): Backlink {
  return {
    href: toPostPath(from.boardSlug, from.threadNo, from.no),
    no: from.no,
    boardSlug: from.boardSlug,
    isElsewhere: from.threadId !== threadId,
  };
}

function toUploadView(upload: UploadRow, toMediaUrl: PostHtml['toMediaUrl']): UploadView {
  return {
    url: toMediaUrl(upload.name),
    thumbUrl: toMediaUrl(upload.thumb_name),
    type: upload.type,
    originalName: upload.original_name,
    bytes: upload.bytes,
    width: upload.width,
    height: upload.height,
    thumbWidth: upload.thumb_width,
    thumbHeight: upload.thumb_height,
    alt: upload.alt,
    isSpoiler: upload.is_spoiler,
    isRemoved: upload.removed_at !== null,
  };
}
