import { createIndexPacker, unpackIndices } from './gif-lzw.js';
import { PictureRefusal, assertWithinLimits, pictureLimits } from './picture-limits.js';
import type { PictureHeader } from './picture-limits.js';

/** One picture of a GIF: a rectangle of indices into a palette, and how it is shown. */
type Frame = {
  left: number;
  top: number;
  width: number;
  height: number;
  isInterlaced: boolean;
  palette: Buffer | undefined;
  minCodeSize: number;
  packed: Buffer;
  control: FrameControl;
};

type FrameControl = { disposal: number; delay: number; transparentIndex: number | undefined };

type Gif = { width: number; height: number; palette: Buffer | undefined; loopCount: number | undefined; frames: Frame[] };

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;
const APPLICATION = 0xff;
const LOOPING = /^(?:NETSCAPE2\.0|ANIMEXTS1\.0)$/;
/** Browsers show a frame without a delay, or of one hundredth, for ten hundredths of a second. */
const HASTY_DELAY = 10;
const PLAIN: FrameControl = { disposal: 0, delay: 0, transparentIndex: undefined };

/**
 * Writes a GIF anew, with the same pixels, palettes, delays and loops and nothing else: every frame is unpacked and packed again,
 * unused palette entries become black, and comments, other extensions and whatever follows the end are left behind. No
 * outside decoder sees the file. Throws PictureRefusal ('broken', 'tooManyPixels', 'animationTooLong').
 */
export function rewriteGif(bytes: Buffer): { header: PictureHeader; bytes: Buffer } {
  const gif = readGif(bytes);
  const header = toHeader(gif);
  assertWithinLimits(header);
  return { header, bytes: writeGif(gif) };
}

function toHeader({ width, height, frames }: Gif): PictureHeader {
  const hundredths = frames.reduce((sum, { control }) => sum + (control.delay <= 1 ? HASTY_DELAY : control.delay), 0);
  const durationMs = frames.length > 1 ? hundredths * 10 : 0;
  return { type: 'gif', width, height, frameCount: frames.length, durationMs, isLossless: true };
}

function broken(): PictureRefusal {
  return new PictureRefusal('broken', 'gif');
}

/** Reads the blocks without unpacking pixels, and stops early where limits end: a flood of frames costs nothing. */
function readGif(bytes: Buffer): Gif {
  const reader = createBlockReader(bytes, 6);
  const gif: Gif = { width: reader.word(), height: reader.word(), palette: undefined, loopCount: undefined, frames: [] };
  const flags = reader.byte();
  reader.skip(2);
  if (flags & 0x80) gif.palette = reader.take(3 << ((flags & 7) + 1));

  let control = PLAIN;
  while (!reader.isAtEnd()) {
    const kind = reader.byte();
    if (kind === TRAILER) break;
    if (kind === IMAGE) {
      gif.frames.push(readFrame(reader, control, gif));
      if (gif.frames.length > pictureLimits.maxFrames) throw new PictureRefusal('animationTooLong', 'gif');
      control = PLAIN;
    } else if (kind === EXTENSION) {
      control = readExtension(reader, gif) ?? control;
    } else {
      throw broken();
    }
  }
  if (gif.frames.length === 0) throw broken();
  return gif;
}

function readFrame(reader: BlockReader, control: FrameControl, gif: Gif): Frame {
  const [left, top, width, height] = [reader.word(), reader.word(), reader.word(), reader.word()];
  if (width === 0 || height === 0) throw broken();
  if (left + width > gif.width || top + height > gif.height) {
    assertWithinLimits({ type: 'gif', width: left + width, height: top + height, frameCount: 1, durationMs: 0, isLossless: true });
    throw broken();
  }
  const flags = reader.byte();
  const palette = flags & 0x80 ? reader.take(3 << ((flags & 7) + 1)) : undefined;
  if (palette === undefined && gif.palette === undefined) throw broken();
  const minCodeSize = reader.byte();
  if (minCodeSize < 1 || minCodeSize > 8) throw broken();
  return { left, top, width, height, isInterlaced: (flags & 0x40) !== 0, palette, minCodeSize, packed: reader.subBlocks(), control };
}

/** Takes what is needed of an extension: how the next frame is shown, and how often all is repeated. */
function readExtension(reader: BlockReader, gif: Gif): FrameControl | undefined {
  const label = reader.byte();
  const content = reader.subBlocks();
  if (label === APPLICATION && LOOPING.test(content.toString('latin1', 0, 11)) && content[11] === 1 && content.length >= 14) {
    gif.loopCount = content.readUInt16LE(12);
  }
  if (label !== GRAPHIC_CONTROL || content.length < 4) return undefined;
  const flags = content.readUInt8(0);
  const disposal = (flags >> 2) & 7;
  return {
    disposal: disposal <= 3 ? disposal : 0,
    delay: content.readUInt16LE(1),
    transparentIndex: flags & 1 ? content.readUInt8(3) : undefined,
  };
}

type BlockReader = ReturnType<typeof createBlockReader>;

/** Reads a GIF's numbers and blocks in turn; every read past the end is a broken picture. */
function createBlockReader(bytes: Buffer, start: number) {
  let at = start;
  function take(count: number): Buffer {
    if (at + count > bytes.length) throw broken();
    at += count;
    return bytes.subarray(at - count, at);
  }
  return {
    take,
    skip: take,
    byte: () => take(1).readUInt8(0),
    word: () => take(2).readUInt16LE(0),
    isAtEnd: () => at >= bytes.length,
    subBlocks() {
      const blocks: Buffer[] = [];
      for (let size = take(1).readUInt8(0); size > 0; size = take(1).readUInt8(0)) blocks.push(take(size));
      return Buffer.concat(blocks);
    },
  };
}

function writeGif(gif: Gif): Buffer {
  const pack = createIndexPacker();
  const sharedUse = new Uint8Array(256);
  const frames = gif.frames.flatMap((frame) => {
    const indices = unpackIndices(frame.packed, frame.minCodeSize, frame.width * frame.height);
    if (indices === undefined) throw broken();
    const use = frame.palette === undefined ? sharedUse : new Uint8Array(256);
    for (const index of indices) use[index] = 1;
    const minCodeSize = Math.max(2, frame.minCodeSize);
    return [writeFrameHead(frame, use, gif.frames.length > 1), Buffer.of(minCodeSize), toSubBlocks(pack(indices, minCodeSize))];
  });
  return Buffer.concat([writeScreen(gif, sharedUse), ...frames, Buffer.of(TRAILER)]);
}

function writeScreen(gif: Gif, use: Uint8Array): Buffer {
  const head = Buffer.alloc(13);
  head.write('GIF89a', 'latin1');
  head.writeUInt16LE(gif.width, 6);
  head.writeUInt16LE(gif.height, 8);
  head.writeUInt8(toPaletteFlags(gif.palette), 10);
  const loop = Buffer.from([EXTENSION, APPLICATION, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0]);
  if (gif.loopCount !== undefined) loop.writeUInt16LE(gif.loopCount, 16);
  const isLooping = gif.loopCount !== undefined && gif.frames.length > 1;
  return Buffer.concat([head, withoutUnused(gif.palette, use), isLooping ? loop : Buffer.alloc(0)]);
}

function writeFrameHead(frame: Frame, use: Uint8Array, isAnimated: boolean): Buffer {
  const { disposal, delay, transparentIndex } = frame.control;
  const control = Buffer.from([EXTENSION, GRAPHIC_CONTROL, 4, 0, 0, 0, 0, 0]);
  control.writeUInt8((disposal << 2) | (transparentIndex === undefined ? 0 : 1), 3);
  control.writeUInt16LE(isAnimated ? delay : 0, 4);
  control.writeUInt8(transparentIndex ?? 0, 6);
  const place = Buffer.alloc(10);
  place.writeUInt8(IMAGE, 0);
  [frame.left, frame.top, frame.width, frame.height].forEach((value, index) => place.writeUInt16LE(value, 1 + 2 * index));
  place.writeUInt8(toPaletteFlags(frame.palette) | (frame.isInterlaced ? 0x40 : 0), 9);
  return Buffer.concat([control, place, withoutUnused(frame.palette, use)]);
}

function toPaletteFlags(palette: Buffer | undefined): number {
  return palette === undefined ? 0 : 0x80 | (Math.log2(palette.length / 3) - 1);
}

/** Unused palette entries are a place to hide bytes in. */
function withoutUnused(palette: Buffer | undefined, use: Uint8Array): Buffer {
  if (palette === undefined) return Buffer.alloc(0);
  return Buffer.from(palette.map((value, at) => (use[Math.floor(at / 3)] === 1 ? value : 0)));
}

function toSubBlocks(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.subarray(at, at + 255);
    blocks.push(Buffer.of(block.length), block);
  }
  blocks.push(Buffer.of(0));
  return Buffer.concat(blocks);
}
