import { isAllowed, isAllowedSomewhere } from './permissions.js';
import type { StaffMember } from './staff-member.js';
import { accountPath, staffHome, staffListPath } from './staff-path.js';

export type StaffNavPage = 'queue' | 'log' | 'staff' | 'account';

/** What views/staff/nav.ejs shows above every staff page: the pages that this member may see, and the way out. */
export interface StaffNav {
  links: { page: StaffNavPage; href: string; isCurrent: boolean }[];
  name: string;
  formToken: string;
}

export function toStaffNav(member: StaffMember, current: StaffNavPage | null): StaffNav {
  const pages: [StaffNavPage, string, boolean][] = [
    ['queue', staffHome, isAllowedSomewhere(member, 'queue.read')],
    ['log', '/mod/log', isAllowedSomewhere(member, 'queue.read')],
    ['staff', staffListPath, isAllowed(member, 'staff.manage', null)],
    ['account', accountPath, true],
  ];
  return {
    links: pages.filter(([, , isShown]) => isShown).map(([page, href]) => ({ page, href, isCurrent: page === current })),
    name: member.name,
    formToken: member.session.formToken,
  };
}
