/** LZW as GIF uses it: codes of up to 12 bits, lowest bit first. Returned and taken as bytes without the sub-block framing. */

const MAX_CODES = 4096;
const NO_CODE = -1;

/**
 * Unpacks `count` palette indices. `undefined` when the codes are not valid or end too early; what follows the last pixel is
 * not looked at.
 */
export function unpackIndices(packed: Buffer, minCodeSize: number, count: number): Uint8Array | undefined {
  const clearCode = 1 << minCodeSize;
  const endCode = clearCode + 1;
  const prefixes = new Int16Array(MAX_CODES);
  const suffixes = new Uint8Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES);
  for (let code = 0; code < clearCode; code += 1) {
    suffixes[code] = code;
    lengths[code] = 1;
  }
  const indices = new Uint8Array(count);
  let [filled, position, bits, bitCount] = [0, 0, 0, 0];
  let [codeSize, nextCode, previous] = [minCodeSize + 1, endCode + 1, NO_CODE];

  while (filled < count) {
    while (bitCount < codeSize) {
      const byte = packed[position];
      if (byte === undefined) return undefined;
      position += 1;
      bits |= byte << bitCount;
      bitCount += 8;
    }
    const code = bits & ((1 << codeSize) - 1);
    bits >>>= codeSize;
    bitCount -= codeSize;
    if (code === clearCode) {
      [codeSize, nextCode, previous] = [minCodeSize + 1, endCode + 1, NO_CODE];
      continue;
    }
    if (code === endCode || code > nextCode || (code === nextCode && previous === NO_CODE)) return undefined;

    const isUnknown = code === nextCode;
    const source = isUnknown ? previous : code;
    const length = lengths[source] ?? 0;
    const end = filled + length;
    let walked = source;
    for (let at = end - 1; at >= filled; at -= 1) {
      if (at < count) indices[at] = suffixes[walked] ?? 0;
      walked = prefixes[walked] ?? 0;
    }
    const first = indices[filled] ?? 0;
    filled = end;
    if (isUnknown && filled < count) indices[filled] = first;
    if (isUnknown) filled += 1;

    if (previous !== NO_CODE && nextCode < MAX_CODES) {
      prefixes[nextCode] = previous;
      suffixes[nextCode] = first;
      lengths[nextCode] = (lengths[previous] ?? 0) + 1;
      nextCode += 1;
      if (nextCode === 1 << codeSize && codeSize < 12) codeSize += 1;
    }
    previous = code;
  }
  return indices;
}

/** Makes the function that packs palette indices anew; it keeps one table of 4 MiB for all frames of a picture. */
export function createIndexPacker(): (indices: Uint8Array, minCodeSize: number) => Buffer {
  /** Entry of (code, next index): the round it belongs to in the high bits, the code of both together in the low 12. */
  const table = new Uint32Array(MAX_CODES * 256);
  const maxRound = 2 ** 20 - 1;
  let round = 0;

  function startRound(): void {
    if (round === maxRound) {
      table.fill(0);
      round = 0;
    }
    round += 1;
  }

  return (indices, minCodeSize) => {
    const clearCode = 1 << minCodeSize;
    const writer = createBitWriter(indices.length);
    let [codeSize, nextCode] = [minCodeSize + 1, clearCode + 2];
    startRound();
    writer.write(clearCode, codeSize);
    let prefix = indices[0] ?? 0;
    for (let at = 1; at < indices.length; at += 1) {
      const index = indices[at] ?? 0;
      const slot = (prefix << 8) | index;
      const entry = table[slot] ?? 0;
      if (entry >>> 12 === round) {
        prefix = entry & 0xfff;
        continue;
      }
      writer.write(prefix, codeSize);
      prefix = index;
      if (nextCode < MAX_CODES) {
        table[slot] = (round << 12) | nextCode;
        if (nextCode === 1 << codeSize) codeSize += 1;
        nextCode += 1;
        continue;
      }
      writer.write(clearCode, codeSize);
      startRound();
      [codeSize, nextCode] = [minCodeSize + 1, clearCode + 2];
    }
    writer.write(prefix, codeSize);
    if (nextCode === 1 << codeSize && codeSize < 12) codeSize += 1;
    writer.write(clearCode + 1, codeSize);
    return writer.finish();
  };
}

function createBitWriter(expectedBytes: number): { write(code: number, size: number): void; finish(): Buffer } {
  let bytes = Buffer.allocUnsafe(expectedBytes + 64);
  let [length, bits, bitCount] = [0, 0, 0];
  return {
    write(code, size) {
      bits |= code << bitCount;
      bitCount += size;
      if (length + 4 > bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
      while (bitCount >= 8) {
        bytes[length] = bits & 0xff;
        length += 1;
        bits >>>= 8;
        bitCount -= 8;
      }
    },
    finish() {
      if (bitCount > 0) {
        bytes[length] = bits & 0xff;
        length += 1;
      }
      return bytes.subarray(0, length);
    },
  };
}
