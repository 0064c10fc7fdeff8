import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import { type Language, languages } from '../texts/texts.js';
import { type KeptPage, type PageCache, type PageSource, toPageKey } from './page-cache.js';
import { type ReadyPage, sendReady } from './ready-page.js';
import { createWholeSender } from './send-whole.js';

/** What a route may do with a page that it made for a request: have it kept for everybody. */
interface Offer {
  keep: (lang: Language, page: ReadyPage, source: PageSource) => void;
  /** What was shown here before, should there be nothing newer. */
  old: KeptPage | undefined;
  /** Says that there is nothing newer to be had. */
  noteAway: (old: KeptPage) => void;
}

const offers = new WeakMap<IncomingMessage, Offer>();

/** Keeps a page for everybody who asks for this address, when it is one of those that are kept. */
export const keepPage = (req: IncomingMessage, lang: Language, page: ReadyPage, source: PageSource): void => offers.get(req)?.keep(lang, page, source);

/** Sends what was last shown at this address; false when there is nothing. For when the database cannot be asked. */
export function sendOldPage(req: IncomingMessage, res: ServerResponse): boolean {
  const { old, noteAway } = offers.get(req) ?? {};
  if (old === undefined) return false;
  noteAway?.(old);
  void sendReady(req, res, old.page);
  return true;
}

/**
 * Addresses whose pages are the same for everybody: home, about, privacy, and a board's index, catalog, archive and threads. Nothing with a
 * query, except what happened in a thread since a change number: many who come back at once have missed the same.
 */
const keptPath = /^\/(?:about|privacy|[a-z0-9]{1,16}\/(?:[1-9]\d{0,5}|catalog|archive(?:\/[1-9]\d{0,5})?|thread\/[1-9]\d{0,14}(?:\/updates\?since=\d{1,15}(?:&upto=\d{1,15})?)?)?)?$/;

const headersKnown = 500;

/**
 * Makes the server's first door: pages that are kept are answered here, without the app being asked; several who want the same
 * missing page wait for the one who makes it. `isAnswered` says whether the request names a host that the board answers.
 */
export function createPageFront(options: {
  app: RequestListener;
  pages: PageCache;
  headers: Readonly<Record<string, string>>;
  connection: { keepAliveMs: number; requests: number };
  isAnswered: (req: IncomingMessage) => boolean;
}): RequestListener {
  const { app, pages, isAnswered } = options;
  const sendWhole = createWholeSender(Object.entries(options.headers).flat(), options.connection);
  const building = new Map<string, Promise<void>>();
  /** Accept-Language as it was sent, to the language that the app chose for it. */
  const chosen = new LRUCache<string, Language>({ max: headersKnown });

  function send(req: IncomingMessage, res: ServerResponse, { page }: KeptPage): void {
    const sent = sendReady(req, res, page, sendWhole);
    if (sent !== undefined) sent.catch(() => res.destroy());
  }

  function build(req: IncomingMessage, res: ServerResponse, asked: { key: string | undefined; language: string }): void {
    const { key, language } = asked;
    let finish: () => void = () => undefined;
    if (key !== undefined) {
      building.set(key, new Promise((resolve) => {
        finish = () => {
          building.delete(key);
          resolve();
        };
      }));
    }
    res.once('close', finish);
    offers.set(req, {
      old: key === undefined ? undefined : pages.find(key),
      noteAway: pages.noteAway,
      keep(lang, page, source) {
        chosen.set(language, lang);
        pages.keep(toPageKey(lang, req.url ?? ''), page, source);
        finish();
      },
    });
    app(req, res);
  }

  /** Waits for somebody else's page. If there was none to keep, everybody asks for himself. */
  async function share(req: IncomingMessage, res: ServerResponse, key: string, made: Promise<void>): Promise<void> {
    await made;
    const kept = pages.find(key);
    if (res.destroyed) return;
    // What was made for somebody who asked earlier may lack what has happened since.
    const isLate = kept?.source?.isExact === true && pages.judge(kept) === 'stale';
    if (kept === undefined || isLate) app(req, res);
    else send(req, res, kept);
  }

  return (req, res) => {
    if (req.method !== 'GET' || !keptPath.test(req.url ?? '') || !isAnswered(req)) return app(req, res);
    const language = req.headers['accept-language'] ?? '';
    // Where one language is spoken there is nothing to choose.
    const lang = languages.length === 1 ? languages[0] : chosen.get(language);
    if (lang === undefined) return build(req, res, { key: undefined, language });
    const key = toPageKey(lang, req.url ?? '');
    const kept = pages.find(key);
    const verdict = kept === undefined ? 'stale' : pages.judge(kept);
    if (kept !== undefined && verdict === 'fresh') return send(req, res, kept);
    const made = building.get(key);
    if (made !== undefined) return kept !== undefined && pages.wasAway(kept) ? send(req, res, kept) : void share(req, res, key, made);
    if (kept === undefined || verdict === 'stale') return build(req, res, { key, language });
    void pages.ask(kept).then((isRight) => {
      if (res.destroyed) return;
      const others = building.get(key);
      if (isRight) send(req, res, kept);
      else if (others === undefined) build(req, res, { key, language });
      else void share(req, res, key, others);
    });
  };
}
