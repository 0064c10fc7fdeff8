import type { Role, UploadType } from '../db/tables.js';
import type { SafeHtml } from '../http/safe-html.js';

/** A stored file as its post shows it. */
export interface UploadView {
  url: string;
  thumbUrl: string;
  type: UploadType;
  originalName: string;
  bytes: number;
  width: number;
  height: number;
  thumbWidth: number;
  thumbHeight: number;
  alt: string;
  isSpoiler: boolean;
  /** Staff removed this file alone: a note stands in its place. */
  isRemoved: boolean;
}

/**
 * All that a post's template gets. It is the same for every reader of one language, wherever and whenever it is shown; what
 * differs from reader to reader is added in the browser. `html` carries the filled-in references.
 */
export interface PostView {
  id: number;
  no: number;
  boardSlug: string;
  threadNo: number;
  version: number;
  isOp: boolean;
  isSage: boolean;
  name: string;
  tripcode: string | null;
  capcode: Role | null;
  subject: string;
  createdAt: Date;
  html: SafeHtml;
  uploads: UploadView[];
  sanction: 'warned' | 'banned' | null;
  /** Set when staff removed the post: its place shows the reason and nothing else of it. */
  removal: { reason: string } | null;
}

/** One entry of a backlinks fragment. */
export interface Backlink {
  href: string;
  no: number;
  /** The quoting post is on another board or in another thread. */
  boardSlug: string;
  isElsewhere: boolean;
}

/** Addresses of threads and posts. Written here alone. */
export const toThreadPath = (slug: string, threadNo: number) => `/${slug}/thread/${threadNo}`;
export const toPostPath = (slug: string, threadNo: number, no: number) => `/${slug}/thread/${threadNo}#p${no}`;
/** Where a poster is led after posting: an address that is never answered from a cache, so that it shows the post. */
export const toPostedPath = (slug: string, threadNo: number, no: number) => `/${slug}/thread/${threadNo}?posted=${no}#p${no}`;
export const toReplyPath = (slug: string, threadNo: number, quotedNo?: number) =>
  `/${slug}/thread/${threadNo}/reply${quotedNo === undefined ? '' : `?quote=${quotedNo}`}`;
/** The page of what can be done with a post, for readers without script. */
export const toPostActionsPath = (slug: string, no: number) => `/${slug}/post/${no}`;
