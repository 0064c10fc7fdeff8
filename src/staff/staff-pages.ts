import express, { type Request, type Response } from 'express';
import { UserError } from '../http/errors.js';
import { getContext } from '../http/request.js';
import type { Views } from '../http/views.js';
import { createTranslate, type TextKey, type TextParams, type Translate } from '../texts/texts.js';

/** What a form shows of a refusal: its sentence, and the field at fault when there is one. */
export interface Fault {
  field: string | null;
  message: string;
}

/** A page of views/staff. `refusal` gives the page its status, and the local `fault`. */
interface StaffPage {
  view: string;
  title: TextKey;
  titleParams?: TextParams;
  locals: object;
  refusal?: UserError;
}

/** Sends staff pages. They are nobody else's business, so search engines are asked to leave them out. */
export function sendStaffPage(views: Views, req: Request, res: Response, page: StaffPage): void {
  const { lang } = getContext(req);
  const t = createTranslate(lang);
  const frame = { title: t(page.title, page.titleParams), isStaffPage: true, isUnlisted: true };
  if (page.refusal?.retryAfter !== undefined) res.set('Retry-After', String(page.refusal.retryAfter));
  res
    .status(page.refusal?.status ?? 200)
    .type('html')
    .send(views.page(lang, `staff/${page.view}`, frame, { fault: toFault(page.refusal, t), ...page.locals }));
}

/** Does what may be refused. A refusal comes back as a value, to be shown with the form; everything else is thrown. */
export async function tryOrRefuse<T>(act: () => Promise<T>): Promise<{ done: T; refusal?: undefined } | { refusal: UserError; done?: undefined }> {
  try {
    return { done: await act() };
  } catch (error) {
    if (error instanceof UserError) return { refusal: error };
    throw error;
  }
}

/** Reads the forms of staff pages: short fields, as many as a page with a choice for each board has. */
export const readForm = express.urlencoded({ extended: false, limit: '32kb', parameterLimit: 1000 });

/** A time as staff pages show it: to the minute, in UTC. */
export const toMinute = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function toFault(refusal: UserError | undefined, t: Translate): Fault | null {
  return refusal === undefined ? null : { field: refusal.field ?? null, message: t(refusal.code, refusal.params) };
}
