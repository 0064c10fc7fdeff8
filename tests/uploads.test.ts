import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { makeForm, readFixture, startUploadApp } from './fixtures/media/start-upload-app.js';
import type { Answer, UploadApp } from './fixtures/media/start-upload-app.js';

const KIB = 1024;
const picture = readFixture('metadata/png-text.png');
const ofSize = (bytes: number) => new Blob([Buffer.alloc(bytes, 7)]);
const TEXTS = { name: 'Ada', subject: 'Tomatoes', body: '>>12\n> which sort?\nMoneymaker – früh und süß 🍅' };

/** A multipart body written by hand, for what browsers do not send. */
function writeMultipart(parts: string[]): string {
  return `${parts.map((part) => `--edge\r\n${part}\r\n`).join('')}--edge--\r\n`;
}
const textPart = (name: string, value: string) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
const filePart = (fileName: string, content: string) =>
  `Content-Disposition: form-data; name="files"; filename="${fileName}"\r\nContent-Type: image/png\r\n\r\n${content}`;

describe('forms with files', () => {
  let app: UploadApp;
  before(async () => {
    app = await startUploadApp({ receiver: { maxFileBytes: 256 * KIB, maxTotalBytes: 2_048 * KIB } });
  });
  after(() => app.close());

  async function postRaw(body: string | Buffer, headers: Record<string, string> = {}): Promise<{ status: number; answer: Answer }> {
    const response = await fetch(`${app.url}/form?process=no`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'multipart/form-data; boundary=edge', ...headers },
    });
    return { status: response.status, answer: (await response.json()) as Answer };
  }

  it('a picture and its texts arrive, and the temporary files go', async () => {
    const { status, answer } = await app.post(makeForm(TEXTS, [{ name: 'tomate früh.png', content: picture }]));
    assert.equal(status, 200);
    assert.deepEqual(withPlainLines(answer.fields), TEXTS);
    assert.deepEqual(answer.received, [{ originalName: 'tomate früh.png', bytes: picture.size, position: 0, fieldName: 'files' }]);
    assert.equal(answer.media[0]?.type, 'png');
    await app.settle();
  });

  it('a form without files arrives, as multipart and as urlencoded', async () => {
    for (const form of [makeForm(TEXTS), new URLSearchParams(TEXTS)]) {
      const { status, answer } = await app.post(form);
      assert.equal(status, 200);
      assert.deepEqual(withPlainLines(answer.fields), TEXTS);
    }
  });

  it('a file that is too large is left out, and every text and the other files stay', async () => {
    const form = makeForm({ name: 'Ada' }, [
      { name: 'small.png', content: picture },
      { name: 'huge.png', content: ofSize(256 * KIB + 1) },
      { name: 'also-small.png', content: picture },
    ]);
    form.append('body', TEXTS.body);
    const { status, answer } = await app.post(form);
    assert.equal(status, 200);
    assert.equal(withPlainLines(answer.fields)['body'], TEXTS.body);
    assert.deepEqual(answer.received.map(({ originalName, position }) => [originalName, position]), [['small.png', 0], ['also-small.png', 2]]);
    assert.deepEqual(answer.rejected, [{ originalName: 'huge.png', reason: 'tooLarge', status: 413, position: 1 }]);
    await app.settle();
  });

  it('a file of exactly the limit is taken', async () => {
    const { status, answer } = await postRaw(writeMultipart([filePart('edge.png', 'x'.repeat(256 * KIB))]));
    assert.equal(status, 200);
    assert.equal(answer.received[0]?.bytes, 256 * KIB);
    await app.settle();
  });

  it('a fifth file is left out, and every text stays', async () => {
    const files = Array.from({ length: 5 }, (_, index) => ({ name: `${index}.png`, content: picture }));
    const form = makeForm({ name: 'Ada' }, files);
    form.append('body', 'last');
    const { answer } = await app.post(form);
    assert.deepEqual({ ...answer.fields }, { name: 'Ada', body: 'last' });
    assert.equal(answer.received.length, 4);
    assert.deepEqual(answer.rejected, [{ originalName: '4.png', reason: 'tooMany', status: 413, position: 4 }]);
  });

  it('somebody who picks sixty files gets the texts back that stood before them', async () => {
    const files = Array.from({ length: 60 }, (_, index) => ({ name: `${index}.png`, content: ofSize(10) }));
    const response = await fetch(`${app.url}/form?process=no`, { method: 'POST', body: makeForm(TEXTS, files) });
    const answer = (await response.json()) as Answer;
    assert.equal(response.status, 200);
    assert.equal(answer.fields['subject'], TEXTS.subject);
    assert.equal(answer.received.length, 4);
    assert.ok(answer.rejected.length > 4);
    await app.settle();
  });

  it('a form of more bytes than allowed is refused with 413, declared or not', async () => {
    const body = writeMultipart([textPart('body', 'hello'), filePart('big.png', 'x'.repeat(2_100 * KIB))]);
    const declared = await postRaw(body);
    assert.deepEqual([declared.status, declared.answer.code], [413, 'uploads.formTooLarge']);
    assert.equal(await postInPieces(app.port, body), 413);
    assert.equal(await postInPieces(app.port, `${'preamble '.repeat(300_000)}`), 413);
    await app.settle();
  });

  it('each limit of a form holds at its edge and not before', async () => {
    const fields = (count: number) => writeMultipart(Array.from({ length: count }, (_, index) => textPart(`f${index}`, 'x')));
    const cases: [string, string, number, string | undefined][] = [
      ['24 fields', fields(24), 200, undefined],
      ['25 fields', fields(25), 413, 'uploads.tooManyFields'],
      ['a name of 64', writeMultipart([textPart('n'.repeat(64), 'x')]), 200, undefined],
      ['a name of 65', writeMultipart([textPart('n'.repeat(65), 'x')]), 400, 'uploads.malformed'],
      ['a value of 64 KiB', writeMultipart([textPart('body', 'x'.repeat(64 * KIB))]), 200, undefined],
      ['a value above 64 KiB', writeMultipart([textPart('body', 'x'.repeat(64 * KIB + 1))]), 413, 'uploads.fieldTooLong'],
      ['a nested name', writeMultipart([textPart('a[b]', 'x')]), 400, 'uploads.malformed'],
      ['a list name', writeMultipart([textPart('a[]', 'x')]), 400, 'uploads.malformed'],
      ['a huge index', writeMultipart([textPart('a[99999999]', 'x')]), 400, 'uploads.malformed'],
      ['33 nameless parts', writeMultipart(Array.from({ length: 33 }, () => filePart('', ''))), 413, 'uploads.tooManyFields'],
      ['no name at all', writeMultipart(['Content-Disposition: form-data\r\n\r\nx']), 400, 'uploads.malformed'],
      ['an unknown charset', writeMultipart([`Content-Type: text/plain; charset=klingon\r\n${textPart('body', 'x')}`]), 400, 'uploads.malformed'],
    ];
    for (const [what, body, status, code] of cases) {
      const { status: got, answer } = await postRaw(body);
      assert.deepEqual([got, answer.code], [status, code], what);
    }
    const encoded: [string, string, number][] = [
      ['24 fields', Array.from({ length: 24 }, (_, index) => `f${index}=x`).join('&'), 200],
      ['25 fields', Array.from({ length: 25 }, (_, index) => `f${index}=x`).join('&'), 413],
      ['a name of 65', `${'n'.repeat(65)}=x`, 400],
      ['a nested name', 'a[b]=x', 400],
      ['a value above 64 KiB', `body=${'x'.repeat(64 * KIB + 1)}`, 413],
      ['a body above 1 MiB', `body=${'x'.repeat(1_025 * KIB)}`, 413],
    ];
    for (const [what, body, status] of encoded) {
      const { status: got } = await postRaw(body, { 'content-type': 'application/x-www-form-urlencoded' });
      assert.equal(got, status, `${what}, urlencoded`);
    }
  });

  it('of a repeated field the last value counts, and no name reaches a prototype', async () => {
    const parts = [textPart('body', 'first'), textPart('__proto__', 'x'), textPart('constructor', 'y'), textPart('body', 'second')];
    assert.deepEqual((await postRaw(writeMultipart(parts))).answer.fields, { body: 'second' });
    const encoded = await postRaw('body=first&__proto__=x&body=second', { 'content-type': 'application/x-www-form-urlencoded' });
    assert.deepEqual(encoded.answer.fields, { body: 'second' });
  });

  it('damaged and foreign bodies are refused with a plain answer', async () => {
    const whole = writeMultipart([textPart('body', 'hello'), filePart('a.png', 'x'.repeat(5_000))]);
    const cases: [string, string, Record<string, string>, number][] = [
      ['cut off', whole.slice(0, 3_000), {}, 400],
      ['without its boundary', whole, { 'content-type': 'multipart/form-data' }, 400],
      ['with a broken part header', '--edge\r\nbroken header\r\n\r\nx\r\n--edge--\r\n', {}, 400],
      ['JSON', '{"body":"hello"}', { 'content-type': 'application/json' }, 415],
      ['compressed', 'body=x', { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' }, 415],
    ];
    for (const [what, body, headers, status] of cases) assert.equal((await postRaw(body, headers)).status, status, what);
    await app.settle();
  });

  it('names of files are made harmless and stay recognisable', async () => {
    const cases: [string, string][] = [
      ['../../../../etc/passwd', 'passwd'],
      ['..\\..\\windows\\win.ini', 'win.ini'],
      ['C:\\x\\y.jpg', 'y.jpg'],
      ['..', 'file'],
      ['.htaccess', 'htaccess'],
      ['a\u0085b\u0090.jpg', 'a b .jpg'],
      ['\u202egpj.exe', 'gpj.exe'],
      ['photo\u2066\u202e\u2069\u200b.jpg', 'photo.jpg'],
      ['x.jpg%0D%0ASet-Cookie: a=1', 'x.jpg Set-Cookie: a=1'],
      ['Z\u0351\u0351\u0351\u0351\u0351\u0351.jpg', 'Z\u0351\u0351\u0351.jpg'],
      ['<img src=x onerror=alert(1)>.png', '<img src=x onerror=alert(1)>.png'],
      ['日本語.jpg', '日本語.jpg'],
      ['cafe\u0301.jpg', 'café.jpg'],
      [`${'a'.repeat(300)}.jpeg`, `${'a'.repeat(114)}….jpeg`],
    ];
    for (const [sent, shown] of cases) {
      const { status, answer } = await postRaw(writeMultipart([filePart(sent, 'x')]));
      assert.equal(status, 200, sent);
      assert.equal(answer.received[0]?.originalName, shown);
      assert.ok(shown.length <= 120);
    }
    await app.settle();
  });

  it('no name of a file splits a header, leads anywhere or is shown at length', async () => {
    const { names }: { names: string[] } = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/vectors/filenames.json'), 'utf8'));
    assert.ok(names.length >= 70);
    let taken = 0;
    for (const name of names) {
      // What a browser writes for signs that would end the header (HTML standard), and what a hostile client does: as they are.
      for (const sent of new Set([name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A'), name])) {
        const { status, answer } = await postRaw(writeMultipart([textPart('body', 'hello'), filePart(sent, 'x')]));
        assert.ok(status === 200 || status === 400, `${JSON.stringify(sent)}: ${status}`);
        for (const { originalName } of answer.received ?? []) {
          taken += 1;
          assert.ok(originalName !== '' && originalName.length <= 120, JSON.stringify(originalName));
          assert.doesNotMatch(originalName, /[\p{Cc}\p{Cf}\p{Cs}/\\]|^\.|\p{M}{4}/u, JSON.stringify(sent));
        }
      }
    }
    assert.ok(taken >= 70, `${taken} files came through`);
    await app.settle();
  });

  it('five hundred senders who go away leave no file and no descriptor', async () => {
    const head = `POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 300000\r\n\r\n`;
    const start = writeMultipart([textPart('body', 'hello'), filePart('a.png', 'x'.repeat(200_000))]).slice(0, 150_000);
    for (let round = 0; round < 25; round += 1) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const socket = connect(app.port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.write(head + start.slice(0, 100 + index * 7_400));
          await wait(5 + index);
          socket.destroy();
        }),
      );
    }
    await app.settle();
    assert.equal((await app.post(makeForm(TEXTS, [{ name: 'a.png', content: picture }]))).status, 200);
  });
});

describe('too much at once', () => {
  it('large forms above the places are told to come back, small ones still pass', async () => {
    const app = await startUploadApp({ receiver: { maxConcurrent: 1 } });
    const socket = connect(app.port, '127.0.0.1');
    try {
      socket.write('POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 1000000\r\n\r\n--edge');
      await wait(100);
      const large = makeForm(TEXTS, [{ name: 'a.png', content: ofSize(300 * KIB) }]);
      const refused = await app.post(large);
      assert.deepEqual([refused.status, refused.answer.code], [503, 'uploads.busy']);
      assert.ok(Number(refused.retryAfter) > 0);
      assert.equal((await app.post(makeForm(TEXTS))).status, 200);
      socket.destroy();
      await wait(100);
      assert.equal((await app.post(large)).status, 415);
    } finally {
      socket.destroy();
      await app.close();
    }
  });

  it('the bytes on their way in are bounded over all forms with files, and however many such forms are sent, texts come through', async () => {
    const app = await startUploadApp({ receiver: { maxBytesInFlight: 600 * KIB } });
    const held = [300, 300].map((size) => {
      const socket = connect(app.port, '127.0.0.1');
      socket.write(`POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: ${size * KIB}\r\n\r\n--edge`);
      return socket;
    });
    try {
      await wait(200);
      const refused = await app.post(makeForm(TEXTS, [{ name: 'a.png', content: ofSize(280 * KIB) }]));
      assert.equal(refused.status, 503);
      for (let round = 0; round < 5; round += 1) {
        assert.equal((await app.post(makeForm(TEXTS, [{ name: 'a.png', content: picture }]))).status, 200);
      }
    } finally {
      for (const socket of held) socket.destroy();
      await app.close();
    }
  });

  it('with the disk nearly full files are left out and texts still come through', async () => {
    const app = await startUploadApp({ receiver: { minFreeBytes: Number.MAX_SAFE_INTEGER } });
    try {
      const { status, answer } = await app.post(makeForm(TEXTS, [{ name: 'a.png', content: picture }]));
      assert.equal(status, 200);
      assert.equal(answer.fields['name'], 'Ada');
      assert.deepEqual(answer.rejected, [{ originalName: 'a.png', reason: 'diskFull', status: 507, position: 0 }]);
      assert.equal((await app.post(makeForm(TEXTS))).status, 200);
      await app.settle();
    } finally {
      await app.close();
    }
  });
});

/** A form ends its lines with CR LF when it is sent as multipart (HTML standard). */
function withPlainLines(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.replaceAll('\r\n', '\n')]));
}

/** Sends a body without declaring its length; answers with the status. */
function postInPieces(port: number, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=edge' };
    const sent = request({ port, host: '127.0.0.1', path: '/form', method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    let isAnswered = false;
    sent.on('response', () => (isAnswered = true));
    sent.on('error', (error) => isAnswered || reject(error));
    for (let at = 0; at < body.length; at += 64 * KIB) sent.write(body.slice(at, at + 64 * KIB));
    sent.end();
  });
}
