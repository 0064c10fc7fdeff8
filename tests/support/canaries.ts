import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** Something that must be found nowhere: an address, what a browser says of itself, a secret. */
export interface Canary {
  name: string;
  text: string;
}

/** Something that was kept, sent or written down, and where. */
export interface Trace {
  where: string;
  content: string | Buffer;
}

/**
 * Where a canary can be found, as `place: canary as form`: as it is in any case, in UTF-16, in hexadecimal, in base64 at any offset, or
 * as the hash that anybody could make of it; an IPv4 address also as its bytes, its number and its neighbourhood.
 */
export function findCanaries(canaries: readonly Canary[], traces: readonly Trace[]): string[] {
  const wanted = canaries.flatMap((canary) => listForms(canary.text).map((form) => ({ ...form, name: canary.name })));
  const found = traces.flatMap(({ where, content }) => {
    const exact = Buffer.isBuffer(content) ? content.toString('latin1') : Buffer.from(content).toString('latin1');
    const small = exact.toLowerCase();
    return wanted.filter((form) => (form.hasCase ? exact : small).includes(form.text)).map((form) => `${where}: ${form.name} ${form.as}`);
  });
  return [...new Set(found)];
}

interface Form {
  as: string;
  text: string;
  /** Base64 means something else in other letters. */
  hasCase: boolean;
}

function listForms(text: string): Form[] {
  const spellings = isIPv4(text) ? [text, ...listSpellings(text)] : [text];
  const forms = spellings.flatMap((spelling) => [
    { as: 'as it is', text: Buffer.from(spelling).toString('latin1').toLowerCase(), hasCase: false },
    { as: 'in UTF-16', text: Buffer.from(spelling.toLowerCase(), 'utf16le').toString('latin1'), hasCase: false },
    { as: 'in hexadecimal', text: Buffer.from(spelling).toString('hex'), hasCase: false },
    ...listBase64(Buffer.from(spelling)),
    ...listHashes(Buffer.from(spelling)),
  ]);
  return isIPv4(text) ? [...forms, { as: 'as its network', text: text.split('.').slice(0, 3).join('.'), hasCase: false }, ...listHashes(toBytes(text))] : forms;
}

/** An address as its bytes (which the prefixes of tags are made of), turned round, as one number, and as part of a name. */
function listSpellings(address: string): string[] {
  const bytes = toBytes(address);
  const hex = bytes.toString('hex');
  return [hex, `4:${hex}`, `::ffff:${address}`, String(bytes.readUInt32BE()), address.split('.').reverse().join('.'), address.replaceAll('.', '-')];
}

const toBytes = (address: string) => Buffer.from(address.split('.').map(Number));

/** What base64 has of these bytes wherever they begin in what was encoded, without the signs that their neighbours share. */
function listBase64(bytes: Buffer): Form[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const text = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')].map((each) => ({ as: 'in base64', text: each, hasCase: true }));
  });
}

function listHashes(bytes: Buffer): Form[] {
  return ['md5', 'sha1', 'sha256', 'sha512'].flatMap((kind) => {
    const hash = createHash(kind).update(bytes).digest();
    // Sixteen bytes are enough to know a hash by: tags are cut to them.
    return [
      { as: `as its ${kind}`, text: hash.toString('hex').slice(0, 32), hasCase: false },
      { as: `as its ${kind}`, text: hash.toString('base64url').slice(0, 20), hasCase: true },
    ];
  });
}
