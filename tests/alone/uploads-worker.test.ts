import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { UserError } from '../../src/http/errors.js';
import { createUploadProcessor } from '../../src/uploads/process-upload.js';
import type { ProcessorOptions, UploadProcessor } from '../../src/uploads/process-upload.js';
import { ALL_TYPES } from '../fixtures/media/start-upload-app.js';

describe('the media worker', () => {
  let dir: string;
  let outputDir: string;
  let small: string;
  let slow: string;
  const processors: UploadProcessor[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'quoth-worker-'));
    outputDir = await mkdtemp(join(tmpdir(), 'quoth-worker-out-'));
    small = await save('small.png', await paint(80, 60, 3).png().toBuffer());
    slow = await save('slow.png', await paint(3000, 3000, 3).png({ compressionLevel: 1 }).toBuffer());
  });
  after(async () => {
    await Promise.all(processors.map((processor) => processor.close()));
    await rm(dir, { recursive: true });
    await rm(outputDir, { recursive: true });
  });

  async function save(name: string, bytes: Buffer): Promise<string> {
    await writeFile(join(dir, name), bytes);
    return join(dir, name);
  }

  function start(options: Partial<ProcessorOptions> = {}): UploadProcessor {
    const processor = createUploadProcessor({ outputDir, minFreeBytes: 0, workerCount: 1, ...options });
    processors.push(processor);
    return processor;
  }

  const refusal = (status: number, code: string) => (error: unknown) =>
    error instanceof UserError && error.status === status && error.code === code && error.field === 'files';

  /** Sends a picture through the worker; answers with what came out. */
  async function remake(processor: UploadProcessor, bytes: Buffer) {
    const path = await save('sent', bytes);
    const made = await processor.process({ path, originalName: 'sent' }, { allowedTypes: ALL_TYPES });
    const [full, thumb] = await Promise.all([readFile(made.path), readFile(made.thumbPath)]);
    await made.discard();
    return { made, full, thumb };
  }

  it('PNGs keep every pixel: grey, colour, transparent, palette and sixteen bits', async () => {
    const processor = start();
    const kinds = {
      grey: paint(61, 47, 1).toColourspace('b-w').png(),
      colour: paint(61, 47, 3).png(),
      transparent: paint(61, 47, 4).png(),
      palette: paint(61, 47, 4).png({ palette: true, colours: 16 }),
      oneBit: paint(61, 47, 1).threshold().toColourspace('b-w').png({ colours: 2, palette: true }),
      interlaced: paint(61, 47, 3).png({ progressive: true }),
      deep: paint(61, 47, 3).toColourspace('rgb16').png(),
      deepGrey: paint(61, 47, 1).toColourspace('grey16').png(),
    };
    for (const [kind, source] of Object.entries(kinds)) {
      const sent = await source.toBuffer();
      const { made, full } = await remake(processor, sent);
      assert.equal(made.type, 'png');
      assert.equal((await sharp(full).metadata()).depth, (await sharp(sent).metadata()).depth, kind);
      assert.ok((await readExact(full)).equals(await readExact(sent)), kind);
    }
  });

  it('GIFs keep every pixel, their palettes, delays and loops, at about the same size', async () => {
    const processor = start();
    const frames = Array.from({ length: 6 }, (_, index) => scatter(90, 70, 250, index));
    const delay = [50, 120, 200, 30, 70, 1000];
    for (const colours of [256, 16, 2]) {
      const strip = sharp(Buffer.concat(frames), { raw: { width: 90, height: 420, channels: 4, pageHeight: 70 } });
      const sent = await strip.gif({ colours, delay, loop: 3, dither: 0 }).toBuffer();
      const { made, full } = await remake(processor, sent);
      assert.deepEqual([made.type, made.width, made.height, made.isAnimated], ['gif', 90, 70, true]);
      const [before, now] = await Promise.all([sent, full].map((bytes) => sharp(bytes, { animated: true }).metadata()));
      assert.deepEqual([now?.pages, now?.delay, now?.loop], [before?.pages, before?.delay, before?.loop]);
      assert.ok((await readExact(full)).equals(await readExact(sent)), `${colours} colours`);
      assert.ok(full.length <= sent.length * 1.05, `${sent.length} became ${full.length}`);
    }
    const still = await paint(64, 64, 3).gif().toBuffer();
    const { made, full } = await remake(processor, still);
    assert.equal(made.isAnimated, false);
    assert.ok((await readExact(full)).equals(await readExact(still)));
  });

  it('a GIF hides nothing in unused colours, comments or behind its end', async () => {
    const secret = Buffer.from('CANARY-b7f3c0de');
    const plain = await scatterGif(4);
    const paletteAt = 13;
    const paletteBytes = 3 << ((plain.readUInt8(10) & 7) + 1);
    const sent = Buffer.concat([plain.subarray(0, 10), Buffer.of(0xf7), plain.subarray(11, paletteAt + paletteBytes), Buffer.alloc(768 - paletteBytes, secret), plain.subarray(paletteAt + paletteBytes), secret]);
    assert.ok(sent.includes(secret));
    const { full } = await remake(start(), sent);
    assert.equal(full.includes('CANARY'), false);
    assert.ok((await readExact(full)).equals(await readExact(sent)));
  });

  it('WebP stays lossless where it was, and animation stays animation', async () => {
    const processor = start();
    const lossless = await paint(61, 47, 4).webp({ lossless: true }).toBuffer();
    const still = await remake(processor, lossless);
    assert.ok((await readExact(still.full)).equals(await readExact(lossless)));
    const strip = sharp(Buffer.concat([0, 1, 2].map((index) => scatter(40, 30, 200, index))), { raw: { width: 40, height: 90, channels: 4, pageHeight: 30 } });
    const moving = await remake(processor, await strip.webp({ delay: [80, 90, 500], loop: 2 }).toBuffer());
    assert.deepEqual([moving.made.width, moving.made.height, moving.made.isAnimated], [40, 30, true]);
    const { pages, delay, loop } = await sharp(moving.full, { animated: true }).metadata();
    assert.deepEqual([pages, delay, loop], [3, [80, 90, 500], 2]);
  });

  it('a JPEG keeps its full colour resolution and its looks, grey and CMYK too', async () => {
    const processor = start();
    for (const source of [paint(200, 150, 3, 0), paint(200, 150, 1, 0).toColourspace('b-w'), paint(200, 150, 3, 0).toColourspace('cmyk')]) {
      const sent = await source.jpeg({ quality: 95 }).toBuffer();
      const { full } = await remake(processor, sent);
      const metadata = await sharp(full).metadata();
      assert.notEqual(metadata.space, 'cmyk');
      if (metadata.space === 'srgb') assert.equal(metadata.chromaSubsampling, '4:4:4');
      const [before, now] = await Promise.all([sent, full].map((bytes) => sharp(bytes).toColourspace('srgb').removeAlpha().raw().toBuffer()));
      assert.ok(before && now);
      const difference = before.reduce((sum, value, at) => sum + Math.abs(value - (now[at] ?? 0)), 0) / before.length;
      assert.ok(difference < 1.5, `differs by ${difference}`);
    }
  });

  it('thumbnails fit into 250 pixels, keep the shape and do not enlarge', async () => {
    const processor = start();
    const cases: [number, number, number, number][] = [[1000, 500, 250, 125], [300, 900, 83, 250], [80, 60, 80, 60], [9000, 10, 250, 1]];
    for (const [width, height, thumbWidth, thumbHeight] of cases) {
      const { made, thumb } = await remake(processor, await paint(width, height, 3).png().toBuffer());
      assert.deepEqual([made.width, made.height, made.thumbWidth, made.thumbHeight], [width, height, thumbWidth, thumbHeight]);
      const metadata = await sharp(thumb).metadata();
      assert.deepEqual([metadata.format, metadata.width, metadata.height], ['webp', thumbWidth, thumbHeight]);
    }
  });

  it('types that a board does not take are refused by content', async () => {
    const wanted = start().process({ path: small, originalName: 'small.jpg' }, { allowedTypes: ['jpeg', 'gif'] });
    await assert.rejects(wanted, (error) => refusal(415, 'uploads.typeNotAllowed')(error) && error instanceof UserError && error.params['allowed'] === 'JPEG, GIF');
  });

  it('a picture cut off in the middle is refused, of every type', async () => {
    const processor = start();
    const sources = [paint(300, 300, 3).jpeg(), paint(300, 300, 3).jpeg({ progressive: true }), paint(300, 300, 3).png(), paint(300, 300, 3).webp(), paint(300, 300, 3).webp({ lossless: true }), paint(300, 300, 3).gif()];
    for (const source of sources) {
      const whole = await source.toBuffer();
      for (const share of [0.02, 0.3, 0.7, 0.95]) {
        const path = await save('cut', whole.subarray(0, Math.max(13, Math.floor(whole.length * share))));
        await assert.rejects(processor.process({ path }, { allowedTypes: ALL_TYPES }), refusal(422, 'uploads.broken'));
      }
    }
    assert.deepEqual(await readdir(outputDir), []);
  });

  it('a moving picture above the limits of frames, time or pixels is refused', async () => {
    const processor = start();
    const strip = (count: number) =>
      sharp(Buffer.concat(Array.from({ length: count }, (_, index) => scatter(8, 8, 4, index))), { raw: { width: 8, height: 8 * count, channels: 4, pageHeight: 8 } });
    const tooMany = await strip(201).gif({ delay: Array<number>(201).fill(20) }).toBuffer();
    const tooManyWebp = await strip(201).webp({ delay: Array<number>(201).fill(20) }).toBuffer();
    const tooLong = await strip(5).gif({ delay: Array<number>(5).fill(30_000) }).toBuffer();
    const tooLongWebp = await strip(5).webp({ delay: Array<number>(5).fill(30_000) }).toBuffer();
    const wideGif = await strip(45).gif({ delay: Array<number>(45).fill(20) }).toBuffer();
    wideGif.writeUInt16LE(1600, 6);
    wideGif.writeUInt16LE(1600, 8);
    const wideWebp = await strip(45).webp({ delay: Array<number>(45).fill(20) }).toBuffer();
    wideWebp.writeUIntLE(1599, 24, 3);
    wideWebp.writeUIntLE(1599, 27, 3);
    for (const bytes of [tooMany, tooManyWebp, tooLong, tooLongWebp, wideGif, wideWebp]) {
      const path = await save('moving', bytes);
      await assert.rejects(processor.process({ path }, { allowedTypes: ALL_TYPES }), refusal(422, 'uploads.animationTooLong'));
    }
    const inside = await save('inside', await strip(200).gif({ delay: Array<number>(200).fill(20) }).toBuffer());
    const made = await processor.process({ path: inside }, { allowedTypes: ALL_TYPES });
    assert.equal(made.isAnimated, true);
    await made.discard();
  });

  it('a worker killed in the middle of its job costs that job alone, and the next one is there at once', async () => {
    const processor = start();
    await remake(processor, readFileSync(small));
    const rounds = 5;
    for (let round = 0; round < rounds; round += 1) {
      const job = processor.process({ path: slow, originalName: 'slow.png' }, { allowedTypes: ALL_TYPES });
      const ended = assert.rejects(job, refusal(503, 'uploads.workerFailed'));
      await wait(60);
      const pids = listWorkers();
      assert.ok(pids.length >= 1);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await ended;
      const startedAt = Date.now();
      await remake(processor, readFileSync(small));
      assert.ok(Date.now() - startedAt < 4_000, `the next picture took ${Date.now() - startedAt} ms`);
    }
    assert.deepEqual(await readdir(outputDir), []);
  });

  it('a job that takes too long or too much memory is ended and refused', async () => {
    for (const limits of [{ jobTimeoutMs: 50 }, { maxRssBytes: 20 * 2 ** 20 }]) {
      const processor = start(limits);
      await assert.rejects(processor.process({ path: slow }, { allowedTypes: ALL_TYPES }), refusal(422, 'uploads.tooDemanding'));
      await processor.close();
    }
    assert.deepEqual(await readdir(outputDir), []);
  });

  it('jobs above the queue are told to come back, the others are all done', async () => {
    const processor = start({ queueLimit: 2 });
    const jobs = Array.from({ length: 6 }, () => processor.process({ path: small }, { allowedTypes: ALL_TYPES }));
    const settled = await Promise.allSettled(jobs);
    const refused = settled.filter((job) => job.status === 'rejected');
    assert.equal(refused.length, 3);
    for (const { reason } of refused) assert.ok(refusal(503, 'uploads.busy')(reason) && reason.retryAfter > 0);
    for (const job of settled) if (job.status === 'fulfilled') await job.value.discard();
  });

  it('a worker is replaced after its share of jobs', async () => {
    await Promise.all(processors.map((processor) => processor.close()));
    const processor = start({ recycleAfter: 2 });
    const seen = new Set<number>();
    for (let round = 0; round < 6; round += 1) {
      await remake(processor, readFileSync(small));
      for (const pid of listWorkers()) seen.add(pid);
    }
    assert.ok(seen.size >= 3, `${seen.size} workers`);
    await processor.close();
    assert.deepEqual(listWorkers(), []);
  });

  it('a worker has no environment to read secrets from', async () => {
    await remake(start(), readFileSync(small));
    const [pid] = listWorkers();
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').filter((line) => line !== '');
    assert.deepEqual(environment.filter((line) => !/^(MALLOC_ARENA_MAX|NODE_CHANNEL_FD|NODE_CHANNEL_SERIALIZATION_MODE)=/.test(line)), []);
  });

  it('nothing is decoded while the disk is nearly full', async () => {
    const processor = start({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    await assert.rejects(processor.process({ path: small }, { allowedTypes: ALL_TYPES }), refusal(507, 'uploads.diskFull'));
  });

  it('closing ends what waits with a clean refusal', async () => {
    const processor = start();
    const jobs = Array.from({ length: 3 }, () => processor.process({ path: slow }, { allowedTypes: ALL_TYPES }));
    const settled = Promise.allSettled(jobs);
    await wait(20);
    await processor.close();
    for (const job of await settled) assert.ok(job.status === 'rejected' && job.reason instanceof UserError && job.reason.status === 503);
    assert.deepEqual(await readdir(outputDir), []);
  });
});

/** A smooth picture under some noise (a mask of its bits), the same each time. */
function paint(width: number, height: number, channels: 1 | 3 | 4, noise = 31) {
  const data = Buffer.alloc(width * height * channels);
  let seed = 1;
  for (let at = 0; at < data.length; at += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const pixel = Math.floor(at / channels);
    data[at] = 100 + 90 * Math.sin((pixel % width) / 20 + (at % channels)) + ((seed >> 16) & noise);
  }
  return sharp(data, { raw: { width, height, channels } });
}

/** Opaque noise of so many colours with a moving transparent corner, as raw RGBA. */
function scatter(width: number, height: number, colours: number, round: number): Buffer {
  const data = Buffer.alloc(width * height * 4);
  let seed = round + 1;
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const colour = (seed >> 16) % colours;
    data.set([colour, (colour * 7) & 255, (colour * 13 + round) & 255, pixel % width < round % 8 ? 0 : 255], pixel * 4);
  }
  return data;
}

function scatterGif(colours: number): Promise<Buffer> {
  const opaque = scatter(20, 20, colours, 0);
  return sharp(opaque, { raw: { width: 20, height: 20, channels: 4 } }).gif().toBuffer();
}

/** Every sample of every frame, transparent pixels made equal. */
async function readExact(bytes: Buffer): Promise<Buffer> {
  const isDeep = (await sharp(bytes).metadata()).depth === 'ushort';
  const decoder = sharp(bytes, { animated: true }).ensureAlpha();
  if (isDeep) return decoder.toColourspace('rgb16').raw({ depth: 'ushort' }).toBuffer();
  const data = await decoder.raw().toBuffer();
  for (let at = 0; at + 3 < data.length; at += 4) if (data[at + 3] === 0) data.fill(0, at, at + 4);
  return data;
}

/** Process ids of the media workers that this process has started. */
function listWorkers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
        const isAlive = !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
        return parent === String(process.pid) && isAlive && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('media-worker');
      } catch {
        return false;
      }
    })
    .map(Number);
}
