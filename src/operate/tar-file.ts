import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/*
 * As much of the tar format (POSIX ustar, see pax(1)) as a backup needs: plain files with short names, so that a backup can be looked
 * into with the usual tools. Nothing is held in memory but one piece at a time.
 */

const blockSize = 512;
const pieceSize = 256 * 1024;
const longestName = 100;
const zeroes = Buffer.alloc(blockSize);

/** A tar that is being written. Both ways of adding answer with the SHA-256 (hexadecimal) of what went in. */
export interface TarWriter {
  add: (name: string, bytes: Buffer) => Promise<string>;
  /** Adds a file of so many bytes that comes in pieces. @throws Error when it is shorter or longer */
  addPieces: (name: string, pieces: AsyncIterable<Buffer>, size: number) => Promise<string>;
  /** Ends the tar and makes sure that it is on the disk. */
  finish: () => Promise<void>;
}

/** A file inside of a tar that is being read. */
export interface TarEntry {
  name: string;
  /** In bytes. */
  size: number;
  readAll: () => Promise<Buffer>;
  pieces: () => AsyncIterable<Buffer>;
}

/** Begins a tar in a file that is open for writing and empty. */
export function writeTar(to: FileHandle): TarWriter {
  async function begin(name: string, size: number): Promise<void> {
    await to.appendFile(toHeader(name, size));
  }
  async function pad(size: number): Promise<void> {
    await to.appendFile(zeroes.subarray(0, toPadding(size)));
  }
  return {
    async add(name, bytes) {
      await begin(name, bytes.length);
      await to.appendFile(bytes);
      await pad(bytes.length);
      return createHash('sha256').update(bytes).digest('hex');
    },
    async addPieces(name, pieces, size) {
      const hash = createHash('sha256');
      let left = size;
      await begin(name, size);
      for await (const piece of pieces) {
        left -= piece.length;
        if (left < 0) break;
        hash.update(piece);
        await to.appendFile(piece);
      }
      if (left !== 0) throw new Error(`${name} has another size than it had`);
      await pad(size);
      return hash.digest('hex');
    },
    async finish() {
      await to.appendFile(Buffer.concat([zeroes, zeroes]));
      await to.sync();
    },
  };
}

/** The files inside of a tar, in order. @throws Error when it is no tar, or ends before its end */
export async function* readTar(from: FileHandle): AsyncIterable<TarEntry> {
  for (let at = 0; ; ) {
    const header = await readExactly(from, at, blockSize);
    if (header.equals(zeroes)) return;
    const { name, size } = readHeader(header);
    const start = at + blockSize;
    yield { name, size, readAll: () => readExactly(from, start, size), pieces: () => readPieces(from, start, size) };
    at = start + size + toPadding(size);
  }
}

const toPadding = (size: number) => (blockSize - (size % blockSize)) % blockSize;

function toHeader(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > longestName) throw new Error(`No tar has room for the name ${name}`);
  const header = Buffer.alloc(blockSize);
  const put = (text: string, offset: number) => header.write(text, offset, 'utf8');
  put(name, 0);
  put('0000600\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${size.toString(8).padStart(11, '0')}\0`, 124);
  put(`${'0'.repeat(11)}\0`, 136);
  put('0', 156);
  put('ustar\x0000', 257);
  put(`${toChecksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function readHeader(header: Buffer): { name: string; size: number } {
  const read = (from: number, to: number) => header.toString('utf8', from, to).replace(/[\0 ].*$/s, '');
  const [size, sum] = [Number.parseInt(read(124, 136), 8), Number.parseInt(read(148, 156), 8)];
  if (sum !== toChecksum(header) || !Number.isSafeInteger(size) || size < 0) throw new Error('A header of the tar cannot be read');
  return { name: read(0, longestName), size };
}

/** The sum of all bytes, with the sum's own field taken as blanks. */
function toChecksum(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

async function* readPieces(file: FileHandle, start: number, size: number): AsyncIterable<Buffer> {
  for (let done = 0; done < size; ) {
    const piece = await readExactly(file, start + done, Math.min(pieceSize, size - done));
    yield piece;
    done += piece.length;
  }
}

async function readExactly(file: FileHandle, start: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, size - done, start + done);
    if (bytesRead === 0) throw new Error('The file ends too early');
    done += bytesRead;
  }
  return bytes;
}
