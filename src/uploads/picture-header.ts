import { PictureRefusal, pictureLimits } from './picture-limits.js';
import type { MediaType, PictureHeader } from './picture-limits.js';

/** What the first bytes say a file is; names and types that the client sends are not asked. Needs 12 bytes. */
export function sniffPictureType(bytes: Buffer): MediaType | undefined {
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  if (start.startsWith('RIFF') && start.endsWith('WEBP') && start.length === 12) return 'webp';
  return undefined;
}

/** Reads size, frames and duration before any decoder sees the file. Throws PictureRefusal 'broken'. (GIF: see gif-file.ts.) */
export function readPictureHeader(bytes: Buffer, type: 'jpeg' | 'png' | 'webp'): PictureHeader {
  try {
    if (type === 'jpeg') return readJpegHeader(bytes);
    return type === 'png' ? readPngHeader(bytes) : readWebpHeader(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new PictureRefusal('broken', type);
    throw error;
  }
}

function toStill(type: MediaType, width: number, height: number, isLossless: boolean): PictureHeader {
  return { type, width, height, frameCount: 1, durationMs: 0, isLossless };
}

/** ISO/IEC 15948: the first chunk is IHDR. An animated PNG counts as its still picture, which is all that is kept of it. */
function readPngHeader(bytes: Buffer): PictureHeader {
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') throw new PictureRefusal('broken', 'png');
  return toStill('png', bytes.readUInt32BE(16), bytes.readUInt32BE(20), true);
}

/** ITU T.81: the size stands in the frame header (SOF); each scan (SOS) is one more painting of the picture. */
function readJpegHeader(bytes: Buffer): PictureHeader {
  let header: PictureHeader | undefined;
  let scanCount = 0;
  for (let at = findMarker(bytes, 2); at !== -1; ) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xd9) break;
    if (isFrameMarker(marker)) header ??= toStill('jpeg', bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5), false);
    if (marker === 0xda) scanCount += 1;
    if (scanCount > pictureLimits.maxScans) throw new PictureRefusal('broken', 'jpeg');
    const next = marker === 0x01 ? at + 2 : at + 2 + bytes.readUInt16BE(at + 2);
    at = findMarker(bytes, next);
  }
  if (header === undefined) throw new PictureRefusal('broken', 'jpeg');
  return header;
}

/** Start-of-frame markers are C0 to CF without the tables' C4 and CC and the extension's C8. */
function isFrameMarker(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Finds the next marker, past packed data: in there FF is followed by 00, a restart mark or another FF. */
function findMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes.readUInt8(at + 1);
    if (marker !== 0 && marker !== 0xff && (marker < 0xd0 || marker > 0xd8)) return at;
  }
  return -1;
}

/** RFC 9649: a simple file holds one bitstream; an extended one says its canvas first and may hold frames (ANMF). */
function readWebpHeader(bytes: Buffer): PictureHeader {
  const chunks = listChunks(bytes, 12);
  const canvas = chunks.find(({ kind }) => kind === 'VP8X');
  const still = chunks.find(({ kind }) => kind === 'VP8 ' || kind === 'VP8L');
  const frames = chunks.filter(({ kind }) => kind === 'ANMF');
  if (canvas === undefined) {
    if (still === undefined) throw new PictureRefusal('broken', 'webp');
    return toStill('webp', ...readBitstreamSize(bytes, still), still.kind === 'VP8L');
  }
  const width = 1 + bytes.readUIntLE(canvas.at + 4, 3);
  const height = 1 + bytes.readUIntLE(canvas.at + 7, 3);
  if (frames.length === 0) return toStill('webp', width, height, still?.kind === 'VP8L');
  let durationMs = 0;
  let isLossless = true;
  for (const frame of frames) {
    durationMs += bytes.readUIntLE(frame.at + 12, 3);
    isLossless &&= bytes.toString('latin1', frame.at + 16, frame.at + 20) === 'VP8L';
  }
  return { type: 'webp', width, height, frameCount: frames.length, durationMs, isLossless };
}

type Chunk = { kind: string; at: number };

/** The chunks of a RIFF file, as far as the limits need: `at` is where the content begins. */
function listChunks(bytes: Buffer, start: number): Chunk[] {
  const chunks: Chunk[] = [];
  let frameCount = 0;
  for (let at = start; at + 8 <= bytes.length && frameCount <= pictureLimits.maxFrames; ) {
    const kind = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    chunks.push({ kind, at: at + 8 });
    if (kind === 'ANMF') frameCount += 1;
    at += 8 + size + (size % 2);
  }
  return chunks;
}

function readBitstreamSize(bytes: Buffer, { kind, at }: Chunk): [width: number, height: number] {
  if (kind === 'VP8 ') return [bytes.readUInt16LE(at + 6) & 0x3fff, bytes.readUInt16LE(at + 8) & 0x3fff];
  const bits = bytes.readUInt32LE(at + 1);
  return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
}
