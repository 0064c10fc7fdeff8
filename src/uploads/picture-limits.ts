/** The kinds of pictures a board can take. */
export type MediaType = 'jpeg' | 'png' | 'webp' | 'gif';

export const mediaTypes: readonly MediaType[] = ['jpeg', 'png', 'webp', 'gif'];

/** What a picture may cost to decode (security.md D12). */
export const pictureLimits = {
  maxPixels: 25_000_000,
  maxSide: 10_000,
  maxFrames: 200,
  /** Frames × width × height. */
  maxAnimatedPixels: 100_000_000,
  maxDurationMs: 120_000,
  /** A progressive JPEG paints itself this often at most; real ones need about ten. */
  maxScans: 100,
  /** The thumbnail's box. */
  thumbSide: 250,
} as const;

export type RefusalCode = 'notAPicture' | 'typeNotAllowed' | 'tooManyPixels' | 'broken' | 'animationTooLong' | 'diskFull';

/** Why the worker does not take a picture. Anything else it throws is the decoder's complaint and means "broken". */
export class PictureRefusal extends Error {
  constructor(
    readonly code: RefusalCode,
    readonly type?: MediaType,
  ) {
    super(code);
    this.name = 'PictureRefusal';
  }
}

/** What the headers of a picture promise, read by us and not by the decoder. */
export type PictureHeader = {
  type: MediaType;
  width: number;
  height: number;
  frameCount: number;
  durationMs: number;
  /** Known for WebP, where it decides how the picture is written again. */
  isLossless: boolean;
};

/** Throws a PictureRefusal when decoding would cost too much. */
export function assertWithinLimits({ type, width, height, frameCount, durationMs }: PictureHeader): void {
  if (width < 1 || height < 1) throw new PictureRefusal('broken', type);
  const { maxSide, maxPixels, maxFrames, maxAnimatedPixels, maxDurationMs } = pictureLimits;
  if (width > maxSide || height > maxSide || width * height > maxPixels) throw new PictureRefusal('tooManyPixels', type);
  if (frameCount > maxFrames || frameCount * width * height > maxAnimatedPixels || durationMs > maxDurationMs) {
    throw new PictureRefusal('animationTooLong', type);
  }
}
