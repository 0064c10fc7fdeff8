import type { MediaType, RefusalCode } from './picture-limits.js';

/** What the parent asks of the worker process. Every path is the parent's choice. */
export type MediaJob = {
  id: number;
  inputPath: string;
  fullPath: string;
  thumbPath: string;
  allowedTypes: MediaType[];
};

/** What the worker made: a full picture and its thumbnail (always WebP), both in place. Pixels throughout. */
export type MadePicture = {
  type: MediaType;
  width: number;
  height: number;
  isAnimated: boolean;
  thumbWidth: number;
  thumbHeight: number;
};

export type MediaReply =
  | { id: number; outcome: 'made'; picture: MadePicture }
  | { id: number; outcome: 'refused'; code: RefusalCode; type?: MediaType };

/** The worker's first word: it is loaded and takes jobs. */
export const READY = 'ready';
