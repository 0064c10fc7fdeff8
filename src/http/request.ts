import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { type Language, languages } from '../texts/texts.js';
import { malformed } from './errors.js';
import { toRequestOrigin } from './host-check.js';

/** The client's address as identity/ cuts it. Seen from here it is opaque: passed on to make tags of, never read or written. */
export interface RequestAddress {
  readonly prefix: string;
  readonly range: string;
  readonly isLoopback: boolean;
}

/** What every route may know of a request besides its path, query and body. */
export interface RequestContext {
  /** Random, 16 hexadecimal signs: names the request in the log and on the page of an error. */
  readonly id: string;
  readonly address: RequestAddress;
  readonly lang: Language;
  /** Whether visitors reach the board by https. */
  readonly isSecure: boolean;
  /** The board's own origin as this visitor sees it: PUBLIC_ORIGIN, or what the Host says. */
  readonly origin: string;
}

const contexts = new WeakMap<IncomingMessage, RequestContext>();

/**
 * Makes the first middleware: it gives every request its context. A request whose client cannot be told (a trusted proxy named
 * none) is refused; its context is there nevertheless, for the page of the error, and only asking for `address` throws.
 * @throws malformed when `readAddress` finds no client
 */
export function createRequestContext(options: {
  readAddress: (req: IncomingMessage) => RequestAddress | undefined;
  publicOrigin: string | undefined;
}): RequestHandler {
  const { readAddress, publicOrigin } = options;
  return (req, _res, next) => {
    const address = readAddress(req);
    let id: string | undefined;
    contexts.set(req, {
      // Made when something goes wrong: nobody else asks for it.
      get id() {
        id ??= randomBytes(8).toString('hex');
        return id;
      },
      get address() {
        if (address === undefined) throw malformed();
        return address;
      },
      lang: toLanguage(req),
      isSecure: publicOrigin?.startsWith('https:') ?? false,
      origin: publicOrigin ?? toRequestOrigin(req, publicOrigin) ?? 'http://localhost',
    });
    if (address === undefined) throw malformed();
    next();
  };
}

/** The context of a request, or undefined when the request did not get so far. */
export const findContext = (req: IncomingMessage): RequestContext | undefined => contexts.get(req);

/** The context of a request. @throws Error when the request did not pass createRequestContext */
export function getContext(req: IncomingMessage): RequestContext {
  const context = contexts.get(req);
  if (context === undefined) throw new Error('This request has no context: createRequestContext comes first.');
  return context;
}

/** One cookie of a request as it was sent, or undefined. */
export function readCookie(req: IncomingMessage, name: string): string | undefined {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

function toLanguage(req: Request): Language {
  const [first = 'en', ...others] = languages;
  // Where one language is spoken there is nothing to choose.
  if (others.length === 0) return first;
  const accepted = req.acceptsLanguages([...languages]);
  return languages.find((lang) => lang === accepted) ?? first;
}
