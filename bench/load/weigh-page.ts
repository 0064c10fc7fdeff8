import { gzipSync } from 'node:zlib';
import type { BoardClient } from './board-client.js';

/** What a page brings with it, by its markup. Bytes are those of gzip 6 unless said. */
export interface PageWeight {
  htmlBytes: number;
  htmlGzip: number;
  /** Everything that is fetched besides pictures before the page can be used, the page itself included. */
  requests: number;
  styleGzip: number;
  scriptGzip: number;
  /** The page and whatever holds up its first picture. */
  blockingGzip: number;
  blockingScripts: number;
}

interface Part {
  href: string;
  kind: 'style' | 'script' | 'other';
  isBlocking: boolean;
  /** Fetched when the page has been drawn and can be used. */
  isLater: boolean;
}

const gzipLength = (body: Buffer) => gzipSync(body, { level: 6 }).length;

/** Weighs a page and every part that it names. @throws Error when the page or a part is not there */
export async function weighPage(client: BoardClient, path: string): Promise<PageWeight> {
  const html = await read(client, path);
  const parts: (Part & { gzip: number })[] = [];
  for (const part of findParts(html.toString())) parts.push({ ...part, gzip: gzipLength(await read(client, part.href)) });
  const sum = (isWanted: (part: Part) => boolean) => parts.filter(isWanted).reduce((total, { gzip }) => total + gzip, 0);
  return {
    htmlBytes: html.length,
    htmlGzip: gzipLength(html),
    requests: 1 + parts.filter(({ isLater }) => !isLater).length,
    styleGzip: sum(({ kind }) => kind === 'style'),
    scriptGzip: sum(({ kind }) => kind === 'script'),
    blockingGzip: gzipLength(html) + sum(({ isBlocking }) => isBlocking),
    blockingScripts: parts.filter(({ kind, isBlocking }) => kind === 'script' && isBlocking).length,
  };
}

async function read(client: BoardClient, path: string): Promise<Buffer> {
  const { status, body } = await client.get(path, { 'Accept-Encoding': 'identity' });
  if (status !== 200) throw new Error(`${path} was answered with ${status}.`);
  return body;
}

/** The parts that the markup names; the icon is a picture. A module waits for the page by itself; an alternate style is not fetched for the first picture. */
function findParts(html: string): Part[] {
  const parts = new Map<string, Part>();
  for (const [tag] of html.matchAll(/<link\b[^>]*>/gi)) {
    const rel = readAttribute(tag, 'rel').split(/\s+/);
    const href = readAttribute(tag, 'href');
    if (rel.includes('stylesheet')) parts.set(href, { href, kind: 'style', isBlocking: !rel.includes('alternate'), isLater: false });
    else if (rel.some((word) => /^(?:preload|modulepreload|manifest)$/.test(word))) parts.set(href, { href, kind: 'other', isBlocking: false, isLater: false });
  }
  for (const [tag] of html.matchAll(/<script\b[^>]*>/gi)) {
    const href = readAttribute(tag, 'src');
    if (href !== '') parts.set(href, { href, kind: 'script', isBlocking: !/\s(?:defer|async)\b/.test(tag) && readAttribute(tag, 'type') !== 'module', isLater: false });
    const later = readAttribute(tag, 'data-socket');
    if (later !== '') parts.set(later, { href: later, kind: 'script', isBlocking: false, isLater: true });
  }
  return [...parts.values()];
}

const readAttribute = (tag: string, name: string): string => new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1] ?? '';
