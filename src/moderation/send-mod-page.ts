import type { Request, Response } from 'express';
import { getContext } from '../http/request.js';
import type { Views } from '../http/views.js';
import { type StaffNavPage, toStaffNav } from '../staff/staff-nav.js';
import { getStaff } from '../staff/staff-request.js';
import type { Toast } from './toast.js';

interface ModPage {
  /** A template of views/moderation. */
  view: string;
  title: string;
  current: StaffNavPage | null;
  boardSlug?: string;
  isWide?: boolean;
  status?: number;
  toast?: Toast | null;
  locals: object;
}

/** Sends a page of moderators: with the bar of staff pages above it, and what was just done. */
export function sendModPage(views: Views, req: Request, res: Response, page: ModPage): void {
  const member = getStaff(req);
  const frame = { title: page.title, isStaffPage: true, isUnlisted: true, bodyClass: page.isWide === true ? 'wide' : '', boardSlug: page.boardSlug };
  const common = { nav: toStaffNav(member, page.current), formToken: member.session.formToken, toast: page.toast ?? null };
  res.status(page.status ?? 200).type('html').send(views.page(getContext(req).lang, `moderation/${page.view}`, frame, { ...common, ...page.locals }));
}
