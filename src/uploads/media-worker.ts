/**
 * The program of the media worker: a process of its own that decodes what strangers sent and may be killed at any moment.
 * It has no environment, no database and no socket; it reads the one file and writes the two files that its parent names.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Metadata, OutputInfo, Sharp, SharpOptions } from 'sharp';
import { rewriteGif } from './gif-file.js';
import { READY } from './media-job.js';
import type { MadePicture, MediaJob, MediaReply } from './media-job.js';
import { readPictureHeader, sniffPictureType } from './picture-header.js';
import { PictureRefusal, assertWithinLimits, pictureLimits } from './picture-limits.js';
import type { PictureHeader } from './picture-limits.js';
import { isOutOfSpace } from './upload-errors.js';

const JPEG_QUALITY = 90;
const WEBP_QUALITY = 90;
const THUMB_QUALITY = 80;
/** Above so many pixels a slower, tighter packing would come near the time limit. */
const MANY_PIXELS = 12_000_000;
/** Packing WebP without loss takes some 23 bytes a pixel of a frame: more of them would come near the memory limit. */
const MAX_LOSSLESS_WEBP_PIXELS = 16_000_000;

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer', 'VipsForeignLoadNsgifBuffer'],
});
sharp.cache(false);
sharp.concurrency(1);

process.on('message', (job: MediaJob) => void work(job).then((reply) => process.send?.(reply)));
process.on('disconnect', () => process.exit(0));
process.send?.(READY);

async function work(job: MediaJob): Promise<MediaReply> {
  try {
    return { id: job.id, outcome: 'made', picture: await makePicture(job) };
  } catch (error) {
    await Promise.all([rm(job.fullPath, { force: true }), rm(job.thumbPath, { force: true })]);
    if (error instanceof PictureRefusal) return { id: job.id, outcome: 'refused', code: error.code, type: error.type };
    return { id: job.id, outcome: 'refused', code: isOutOfSpace(error) ? 'diskFull' : 'broken' };
  }
}

/** Reads, checks, decodes and writes anew: nothing of the sent bytes goes through as it was. */
async function makePicture(job: MediaJob): Promise<MadePicture> {
  const sent = await readFile(job.inputPath);
  const type = sniffPictureType(sent);
  if (type === undefined) throw new PictureRefusal('notAPicture');
  if (!job.allowedTypes.includes(type)) throw new PictureRefusal('typeNotAllowed', type);
  const made = type === 'gif' ? remakeGif(sent) : await remake(sent, type);
  const thumb = await makeThumb(made.thumbSource, made.header);
  await writeFile(job.fullPath, made.bytes, { flag: 'wx', mode: 0o600 });
  await writeFile(job.thumbPath, thumb.data, { flag: 'wx', mode: 0o600 });
  const { width, height, header } = made;
  return { type, width, height, isAnimated: header.frameCount > 1, thumbWidth: thumb.info.width, thumbHeight: thumb.info.height };
}

type Remade = { header: PictureHeader; bytes: Buffer; width: number; height: number; thumbSource: Buffer };

/** The rewritten file is what the decoder sees of a GIF. */
function remakeGif(sent: Buffer): Remade {
  const { header, bytes } = rewriteGif(sent);
  return { header, bytes, width: header.width, height: header.height, thumbSource: bytes };
}

async function remake(sent: Buffer, type: 'jpeg' | 'png' | 'webp'): Promise<Remade> {
  const header = readPictureHeader(sent, type);
  assertWithinLimits(header);
  const isAnimated = header.frameCount > 1;
  const decoder = sharp(sent, { ...toDecoderOptions(header), pages: header.frameCount });
  const metadata = await decoder.metadata();
  assertAgrees(header, metadata);
  const upright = isAnimated ? decoder : decoder.autoOrient();
  const { data, info } = await encode(upright, header, metadata).toBuffer({ resolveWithObject: true });
  return { header, bytes: data, width: info.width, height: info.pageHeight ?? info.height, thumbSource: sent };
}

/** The decoder must see the very picture whose limits we have checked. */
function assertAgrees(header: PictureHeader, metadata: Metadata): void {
  const height = metadata.pageHeight ?? metadata.height;
  const isSame = metadata.width === header.width && height === header.height && (metadata.pages ?? 1) === header.frameCount;
  if (metadata.format !== header.type || !isSame) throw new PictureRefusal('broken', header.type);
}

function toDecoderOptions(header: PictureHeader): SharpOptions {
  const limitInputPixels = header.frameCount > 1 ? pictureLimits.maxAnimatedPixels : pictureLimits.maxPixels;
  return { failOn: 'warning', limitInputPixels };
}

/** Colours become sRGB and metadata is left behind, which is what sharp does unless told otherwise. */
function encode(picture: Sharp, header: PictureHeader, metadata: Metadata): Sharp {
  const pixels = header.width * header.height * header.frameCount;
  if (header.type === 'jpeg') return picture.jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' });
  if (header.type === 'png') {
    const isDeep = metadata.depth === 'ushort';
    const deep = metadata.channels <= 2 ? 'grey16' : 'rgb16';
    return (isDeep ? picture.toColourspace(deep) : picture).png({ adaptiveFiltering: !metadata.isPalette });
  }
  if (header.isLossless && header.width * header.height <= MAX_LOSSLESS_WEBP_PIXELS) return picture.webp({ lossless: true, quality: 20, effort: 0 });
  return picture.webp({ quality: WEBP_QUALITY, effort: pixels > MANY_PIXELS ? 0 : 4 });
}

/** The first frame, upright, inside the thumbnail's box; small pictures are not enlarged. */
function makeThumb(source: Buffer, header: PictureHeader): Promise<{ data: Buffer; info: OutputInfo }> {
  const { thumbSide } = pictureLimits;
  return sharp(source, toDecoderOptions(header))
    .autoOrient()
    .resize(thumbSide, thumbSide, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: THUMB_QUALITY })
    .toBuffer({ resolveWithObject: true });
}
