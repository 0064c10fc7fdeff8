/**
 * Bytes that are to be kept in memory for long, in memory of their own. Node cuts small Buffers out of shared pieces of 8 KiB, and what
 * zlib makes is the beginning of 16 KiB; each lasts whole for as long as a few bytes of it are kept, whatever a cache counts.
 */
export function keepBytes(content: string | Buffer): Buffer {
  if (typeof content !== 'string' && content.buffer.byteLength === content.length) return content;
  const kept = Buffer.allocUnsafeSlow(Buffer.byteLength(content));
  if (typeof content === 'string') kept.write(content);
  else content.copy(kept);
  return kept;
}
