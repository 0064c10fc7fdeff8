import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { quantile } from '../bench/measure/quantiles.js';
import { CANARY, makeForm, startUploadApp, type UploadApp } from '../tests/fixtures/media/start-upload-app.js';
import type { Drill, DrillReport } from './drill.js';

const own = join(import.meta.dirname, '../tests/fixtures/media');
/** Names and types that a client may give a file. */
const names = ['picture.jpg', 'picture.png', 'picture.gif', 'page.html'];
const types = ['image/png', 'text/html', 'application/octet-stream'];
/** Leftovers of metadata that must not be in anything that is served. */
const traces = [CANARY, 'Exif', 'http://ns.adobe.com', 'x:xmpmeta', 'Photoshop', 'tEXt', 'iTXt', 'zTXt', 'tIME', 'eXIf', '<script', '%PDF', 'PK\x03\x04'];
const mostBombMs = 15_000;
const mostLagMs = 500;
const mostBytes = 1.2e9;

/** Every file of a collection through the whole way of an upload. */
export const uploads: Drill = {
  name: 'uploads',
  group: 'hostile',
  what: 'files that are no pictures, hide something, swell when they are opened, or are never sent to their end',
  options: {
    corpus: 'a folder with `non-images`, `images-valid` and `generated`, as far as there; without it the files of the tests',
    aborts: 'how many senders go away (2000)',
  },
  async run({ corpus = own, aborts = '2000' }, say) {
    const report: DrillReport = { figures: [], faults: [] };
    const app = await startUploadApp();
    const generated = (await readdir(corpus)).includes('generated') ? join(corpus, 'generated') : corpus;
    try {
      await refuseOthers(app, [join(corpus, 'non-images'), join(generated, 'mismatch')], report);
      say('wrong types done');
      await takePictures(app, join(corpus, 'images-valid'), report);
      await lookForTraces(app, ['metadata', 'polyglots'].map((name) => join(generated, name)), report);
      say('metadata and polyglots done');
      await openBombs(app, join(generated, 'bombs'), report);
      say('bombs done');
      await abort(app, Number(aborts), report);
    } finally {
      await app.close();
    }
    return report;
  },
};

/** Every file below a folder; none when there is no such folder. */
async function listFiles(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function send(app: UploadApp, path: string, name = 'picture.png', type = '') {
  return app.post(makeForm({ body: 'hello' }, [{ name, content: new Blob([await readFile(path)], { type }) }]));
}

async function refuseOthers(app: UploadApp, folders: string[], report: DrillReport): Promise<void> {
  const files = (await Promise.all(folders.map(listFiles))).flat();
  const statuses = new Map<number, number>();
  for (const path of files) {
    for (const name of names) {
      for (const type of types) {
        const { status } = await send(app, path, name, type);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status < 400 || status >= 500) report.faults.push(`${path} as ${name}, ${type}, was answered with ${status}`);
      }
    }
  }
  await app.settle();
  report.figures.push(`${files.length} files that are no pictures, each under ${names.length} names and ${types.length} types: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`);
}

async function takePictures(app: UploadApp, folder: string, report: DrillReport): Promise<void> {
  const files = await listFiles(folder);
  const refused: string[] = [];
  for (const path of files) {
    const { status, answer } = await send(app, path);
    if (status !== 200) refused.push(`${path} (${answer.code})`);
  }
  if (files.length > 0) report.figures.push(`${files.length - refused.length} of ${files.length} small pictures taken${refused.length > 0 ? `; not ${refused.join(', ')}` : ''}`);
  if (refused.length > 1) report.faults.push(`${refused.length} sound pictures were refused`);
}

async function lookForTraces(app: UploadApp, folders: string[], report: DrillReport): Promise<void> {
  const files = (await Promise.all(folders.map(listFiles))).flat();
  let carriers = 0;
  let served = 0;
  let found = 0;
  for (const path of files) {
    carriers += Number((await readFile(path)).includes(CANARY));
    const { answer } = await send(app, path);
    for (const { name, thumbName } of answer.media ?? []) {
      for (const each of [name, thumbName]) {
        const bytes = Buffer.from(await (await fetch(`${app.url}/media/${each}`)).arrayBuffer());
        const { exif, iptc, xmp, comments, orientation } = await sharp(bytes).metadata();
        const left = [...traces.filter((trace) => bytes.includes(trace, 0, 'latin1')), ...[exif, iptc, xmp, comments, orientation].filter((value) => value !== undefined).map(String)];
        served += 1;
        found += left.length;
        if (left.length > 0) report.faults.push(`${path} is served with ${left.join(', ')}`);
      }
    }
  }
  report.figures.push(`${files.length} files that carry something (${carriers} the canary in the clear): ${served} files served, ${found} traces found in them`);
  if (carriers === 0) report.faults.push('no file carries what is looked for');
}

/** Each by itself, then all of them four times by eight visitors, while somebody sends forms without files. */
async function openBombs(app: UploadApp, folder: string, report: DrillReport): Promise<void> {
  const files = await listFiles(folder);
  let slowest = { path: '', ms: 0 };
  const took = async (path: string) => {
    const startedAt = performance.now();
    const { status, answer } = await send(app, path);
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { path, ms };
    if (![200, 415, 422, 503].includes(status)) report.faults.push(`${path} was answered with ${status}`);
    if ((answer.media ?? []).some(({ bytes }) => bytes > 4096)) report.faults.push(`${path} became more than a small picture`);
    return status;
  };
  for (const path of files) await took(path);
  report.figures.push(`${files.length} bombs one after the other, the slowest ${slowest.ms.toFixed(0)} ms (${slowest.path.slice(slowest.path.lastIndexOf('/') + 1)})`);
  if (slowest.ms > mostBombMs) report.faults.push(`${slowest.path} took ${slowest.ms.toFixed(0)} ms`);

  const [texts, lags]: [number[], number[]] = [[], []];
  const state = { isOver: false };
  let most = 0;
  const watching = watch(() => state.isOver, lags, (bytes) => (most = Math.max(most, bytes)));
  const writing = (async () => {
    for (let turn = 0; !state.isOver; turn += 1) {
      const startedAt = performance.now();
      await app.post(makeForm({ body: `words ${turn}` }));
      texts.push(performance.now() - startedAt);
      await wait(20);
    }
  })();
  const queue = Array.from({ length: 4 }, () => files).flat();
  const statuses: number[] = [];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) statuses.push(await took(path));
  }));
  state.isOver = true;
  await Promise.all([watching, writing]);
  await app.settle();
  const busy = statuses.filter((status) => status === 503).length;
  report.figures.push(`all of them four times by eight visitors: ${statuses.length} answers, ${busy} of them 503; forms without files p95 ${quantile(texts, 0.95).toFixed(0)} ms of ${texts.length}; the app stood still for at most ${Math.max(...lags).toFixed(0)} ms, p99 ${quantile(lags, 0.99).toFixed(0)} ms; app and workers at most ${(most / 2 ** 20).toFixed(0)} MiB`);
  if (quantile(texts, 0.95) > mostLagMs) report.faults.push('forms without files had to wait');
  if (most > mostBytes) report.faults.push(`app and workers took ${most} bytes`);
}

async function watch(isOver: () => boolean, lags: number[], onBytes: (bytes: number) => void): Promise<void> {
  for (let turn = 0; !isOver(); turn += 1) {
    const startedAt = performance.now();
    await wait(10);
    lags.push(performance.now() - startedAt - 10);
    if (turn % 5 === 0) onBytes(await readTreeBytes(process.pid));
  }
}

/** The memory of a process and of those that it started. */
async function readTreeBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ').filter((child) => child !== '');
  const below = await Promise.all(children.map((child) => readTreeBytes(Number(child))));
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024 + below.reduce((sum, bytes) => sum + bytes, 0);
}

async function abort(app: UploadApp, count: number, report: DrillReport): Promise<void> {
  const countOpen = async () => (await readdir('/proc/self/fd')).length;
  const before = await countOpen();
  const head = 'POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 300000\r\n\r\n';
  const body = `--edge\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n${'x'.repeat(250_000)}`;
  for (let sent = 0; sent < count; sent += 20) {
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const socket = connect(app.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(head + body.slice(0, 50 + ((sent + index) * 7919) % 240_000));
      await wait(2 + (index % 10));
      socket.destroy();
    }));
  }
  await app.settle();
  for (let turn = 0; turn < 250 && (await countOpen()) > before + 5; turn += 1) await wait(20);
  const after = await countOpen();
  report.figures.push(`${count} senders went away: no temporary file is left; ${before} descriptors before, ${after} after`);
  if (after > before + 5) report.faults.push('descriptors are left open');
}
