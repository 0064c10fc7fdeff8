import express, { type Request, type Response, type Router } from 'express';
import { inTransaction } from '../db/in-transaction.js';
import type { RequestAddress } from '../http/request.js';
import { getContext } from '../http/request.js';
import { notFound, type UserError } from '../http/errors.js';
import { toNumberParam, toText } from '../http/sent-params.js';
import { toAuthorTags } from '../identity/author-tags.js';
import type { Keys } from '../identity/keys.js';
import { createTranslate } from '../texts/texts.js';
import { type Ban, isActive, longestAppeal, toBanPath } from './ban.js';
import { type BanPageOptions, type BanPageParts, renderBanPage } from './ban-page.js';
import { findOwnBan, lockBan, updateBan } from './ban-store.js';
import { appealedAlready, appealMissing, appealTooLong, banEnded } from './moderation-errors.js';
import { tidyLines } from './tidy-words.js';

export interface BanRouteParts extends BanPageParts {
  keys: Keys;
  announceQueue: () => void;
}

/** Room for an appeal and for a whole post that is handed on with it. */
const readAppeal = express.urlencoded({ extended: false, limit: 256 * 1024, parameterLimit: 16 });

/** GET `/bans/:id`, POST `/bans/:id/appeal` and `/bans/:id/seen`: for whom the ban is about; for everybody else they are not there. */
export function addBanRoutes(router: Router, parts: BanRouteParts): void {
  router.get('/bans/:id', async (req, res) => sendBan(parts, req, res, await getOwnBan(parts, req), 200));

  router.post('/bans/:id/appeal', readAppeal, async (req, res) => {
    const ban = await getOwnBan(parts, req);
    const typed = readTyped(req);
    const text = toText(req.body?.text);
    const refusal = await appeal(parts, ban.id, tidyLines(text));
    if (refusal !== undefined) {
      const fault = { field: refusal.field ?? null, message: createTranslate(getContext(req).lang)(refusal.code, refusal.params) };
      return sendBan(parts, req, res, ban, refusal.status, { typed, appeal: { text, fault } });
    }
    parts.announceQueue();
    if (typed === null) return res.redirect(303, toBanPath(ban.id));
    await sendBan(parts, req, res, await getOwnBan(parts, req), 200, { typed });
  });

  router.post('/bans/:id/seen', readAppeal, async (req, res) => {
    const ban = await getOwnBan(parts, req);
    if (ban.kind !== 'warning') throw notFound();
    const { db, now } = parts;
    if (ban.seenAt === null) await inTransaction(db, (trx) => updateBan(trx, ban.id, { seen_at: now() }));
    await sendBan(parts, req, res, ban, 200, { typed: readTyped(req), isSeen: true });
  });
}

/** Takes an appeal, once for each ban. Answers with why not, when it was not taken. */
async function appeal({ db, now }: BanRouteParts, banId: number, text: string): Promise<UserError | undefined> {
  return inTransaction(db, async (trx) => {
    const ban = await lockBan(trx, banId);
    if (ban === undefined || ban.kind !== 'ban') throw notFound();
    if (ban.appeal !== null) return appealedAlready();
    if (!isActive(ban, now())) return banEnded();
    if (text === '') return appealMissing();
    if (text.length > longestAppeal) return appealTooLong(longestAppeal);
    await updateBan(trx, banId, { appeal: text, appealed_at: now() });
    return undefined;
  });
}

/** @throws notFound for everybody whose tags are others: a ban's number alone opens nothing */
async function getOwnBan(parts: BanRouteParts, req: Request): Promise<Ban> {
  const address: RequestAddress = getContext(req).address;
  const ban = await findOwnBan(parts.db, toNumberParam(req.params.id), toAuthorTags(parts.keys, address).allBanTags);
  if (ban === undefined) throw notFound();
  return ban;
}

async function sendBan(parts: BanRouteParts, req: Request, res: Response, ban: Ban, status: number, options: BanPageOptions = {}): Promise<void> {
  const page = await renderBanPage(parts, getContext(req).lang, ban, options);
  res.status(status).set('Cache-Control', 'no-store').type('html').send(page);
}

/** The post that was not posted, handed on from page to page. */
function readTyped(req: Request): { subject: string; body: string } | null {
  const subject = toText(req.body?.typed_subject);
  const body = toText(req.body?.typed_body);
  return subject === '' && body === '' ? null : { subject, body };
}
