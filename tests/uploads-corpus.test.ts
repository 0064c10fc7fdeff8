import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { ALL_TYPES, CANARY, makeForm, readFixture, startUploadApp } from './fixtures/media/start-upload-app.js';
import type { Answer, UploadApp } from './fixtures/media/start-upload-app.js';

type Listed = { file: string; expect: string };
const manifest: { files: Listed[] } = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/media/manifest.json'), 'utf8'));
const inFolder = (folder: string) => manifest.files.map(({ file }) => file).filter((file) => file.startsWith(`${folder}/`));

/** Leftovers of metadata that must not be in anything that is served. */
const TRACES = [CANARY, 'Exif', 'http://ns.adobe.com', 'x:xmpmeta', 'Photoshop', 'GPS', 'tEXt', 'iTXt', 'zTXt', 'tIME', 'eXIf', '<script', '%PDF', 'PK\x03\x04'];
const findTraces = (bytes: Buffer) => TRACES.filter((trace) => bytes.includes(trace, 0, 'latin1'));

describe('pictures from strangers', () => {
  let app: UploadApp;
  before(async () => {
    app = await startUploadApp();
  });
  after(() => app.close());

  async function send(file: string, name = file, type = ''): Promise<{ status: number; answer: Answer }> {
    return app.post(makeForm({ body: 'hello' }, [{ name, content: new Blob([readFixture(file)], { type }) }]));
  }

  /** Names and types that a client may give a file: its own name, four others, and three types. */
  const asWhat = (file: string) => [file, 'picture.jpg', 'picture.png', 'picture.gif', 'page.html'].flatMap((name) => ['image/png', 'text/html', 'application/octet-stream'].map((type) => [name, type] as const));

  async function fetchServed(answer: Answer): Promise<{ full: Buffer; thumb: Buffer }> {
    const [picture] = answer.media;
    assert.ok(picture, 'a picture was stored');
    const [full, thumb] = await Promise.all(
      [picture.name, picture.thumbName].map(async (name) => {
        const response = await fetch(`${app.url}/media/${name}`);
        assert.equal(response.status, 200);
        assert.match(response.headers.get('content-type') ?? '', /^image\/(jpeg|png|webp|gif)$/);
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
        return Buffer.from(await response.arrayBuffer());
      }),
    );
    assert.ok(full && thumb);
    return { full, thumb };
  }

  it('files of other types are refused, whatever they are called and said to be', async () => {
    const files = inFolder('mismatch');
    assert.equal(files.length, 31);
    let tries = 0;
    for (const file of files) {
      for (const [name, type] of asWhat(file)) {
        const { status, answer } = await send(file, name, type);
        assert.ok(status === 415 || status === 422, `${file} as ${name}, ${type}: ${status}`);
        assert.equal(answer.field, 'files');
        tries += 1;
      }
    }
    assert.equal(tries, 31 * 5 * 3);
    await app.settle();
  });

  it('pictures are taken for what they are, whatever they are called and said to be', async () => {
    const plain = sharp({ create: { width: 20, height: 10, channels: 3, background: '#4a7' } });
    for (const wanted of ALL_TYPES) {
      const content = await plain.clone().toFormat(wanted).toBuffer();
      for (const [name, type] of asWhat(`picture.${wanted}`)) {
        const { status, answer } = await app.post(makeForm({}, [{ name, content: new Blob([content], { type }) }]));
        assert.deepEqual([status, answer.media[0]?.type], [200, wanted], `${wanted} as ${name}, ${type}`);
      }
    }
  });

  it('an AVIF is refused as a type even when it is sound', async () => {
    const { status, answer } = await send('metadata/exif-gps-xmp.avif');
    assert.deepEqual([status, answer.code], [415, 'uploads.notAPicture']);
  });

  it('the traces looked for are really in the files that were sent', () => {
    const carriers = inFolder('metadata').filter((file) => readFileSync(join(import.meta.dirname, 'fixtures/media', file)).includes(CANARY));
    assert.ok(carriers.length >= 12, `${carriers.length} carriers`);
  });

  it('no metadata is left in a picture or its thumbnail', async () => {
    const files = inFolder('metadata').filter((file) => !file.endsWith('.avif'));
    assert.equal(files.length, 24);
    for (const file of files) {
      const { status, answer } = await send(file);
      assert.equal(status, 200, `${file}: ${answer.code}`);
      const { full, thumb } = await fetchServed(answer);
      assert.deepEqual([...findTraces(full), ...findTraces(thumb)], [], file);
      for (const bytes of [full, thumb]) {
        const { exif, icc, iptc, xmp, orientation, comments } = await sharp(bytes).metadata();
        assert.deepEqual({ exif, icc, iptc, xmp, orientation, comments }, { exif: undefined, icc: undefined, iptc: undefined, xmp: undefined, orientation: undefined, comments: undefined }, file);
      }
    }
  });

  it('all eight orientations are applied to the pixels', async () => {
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const file = `metadata/orientation-${orientation}.jpg`;
      const sent = Buffer.from(await readFixture(file).arrayBuffer());
      assert.equal((await sharp(sent).metadata()).orientation, orientation);
      const { answer } = await send(file);
      const { full, thumb } = await fetchServed(answer);
      assert.deepEqual([answer.media[0]?.width, answer.media[0]?.height], orientation < 5 ? [60, 40] : [40, 60]);
      const expected = turnUpright(await readPixels(sent), orientation);
      assert.ok(distance(await readPixels(full), expected) < 6, `${file} in full`);
      assert.ok(distance(await readPixels(thumb), expected) < 12, `${file} as a thumbnail`);
      const other = turnUpright(await readPixels(sent), orientation === 1 ? 3 : 1);
      const isTurned = other.width !== expected.width || distance(other, expected) > 12;
      assert.ok(isTurned, `${file} would look different when not turned`);
    }
  });

  it('nothing that hides in a picture comes out again', async () => {
    const files = inFolder('polyglots');
    assert.equal(files.length, 8);
    for (const file of files) {
      const { status, answer } = await send(file);
      if (file.endsWith('gif-js.gif') && status === 422) continue;
      assert.equal(status, 200, `${file}: ${answer.code}`);
      const { full, thumb } = await fetchServed(answer);
      assert.deepEqual([...findTraces(full), ...findTraces(thumb)], [], file);
    }
  });

  it('bombs are refused or made harmless, each in seconds, and leave nothing behind', async () => {
    const bombs = manifest.files.filter(({ file }) => file.startsWith('bombs/'));
    assert.equal(bombs.length, 19);
    for (const { file, expect } of bombs) {
      const startedAt = Date.now();
      const { status, answer } = await send(file);
      assert.ok(Date.now() - startedAt < 15_000, `${file} took too long`);
      if (expect.startsWith('reject-or-accept')) assert.ok([200, 415, 422].includes(status), `${file}: ${status}`);
      else assert.ok(status === 415 || status === 422, `${file}: ${status} ${answer.code}`);
      for (const picture of answer.media ?? []) assert.ok(picture.bytes < 4_096, `${file} became ${picture.bytes} bytes`);
    }
    await app.settle();
  });

  it('all bombs at once from several visitors do not stall the app', async () => {
    const files = inFolder('bombs');
    let slowestTick = 0;
    let lastTick = Date.now();
    const clock = setInterval(() => {
      slowestTick = Math.max(slowestTick, Date.now() - lastTick - 10);
      lastTick = Date.now();
    }, 10);
    const sent = await Promise.all(Array.from({ length: 4 }, () => Promise.all(files.map((file) => send(file)))));
    clearInterval(clock);
    const statuses = sent.flat().map(({ status }) => status);
    assert.deepEqual(statuses.filter((status) => ![200, 415, 422, 503].includes(status)), []);
    assert.ok(slowestTick < 500, `the app stood still for ${slowestTick} ms`);
    await app.settle();
    assert.equal((await send('metadata/png-text.png')).status, 200);
  });
});

type Pixels = { data: Buffer; width: number; height: number };

async function readPixels(bytes: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** EXIF 2.3, tag 0x0112: where the stored first row and column belong. Written out here so as not to ask the code under test. */
function turnUpright({ data, width, height }: Pixels, orientation: number): Pixels {
  const isOnItsSide = orientation >= 5;
  const [outWidth, outHeight] = isOnItsSide ? [height, width] : [width, height];
  const out = Buffer.alloc(data.length);
  for (let y = 0; y < outHeight; y += 1) {
    for (let x = 0; x < outWidth; x += 1) {
      const [right, below] = [outWidth - 1 - x, outHeight - 1 - y];
      const sources: [number, number][] = [[x, y], [right, y], [right, below], [x, below], [y, x], [y, right], [below, right], [below, x]];
      const [fromX, fromY] = sources[orientation - 1] ?? [x, y];
      data.copy(out, 3 * (y * outWidth + x), 3 * (fromY * width + fromX), 3 * (fromY * width + fromX) + 3);
    }
  }
  return { data: out, width: outWidth, height: outHeight };
}

/** Mean difference a channel, 0 to 255. */
function distance(one: Pixels, other: Pixels): number {
  assert.equal(one.data.length, other.data.length);
  return one.data.reduce((sum, value, index) => sum + Math.abs(value - (other.data[index] ?? 0)), 0) / one.data.length;
}
