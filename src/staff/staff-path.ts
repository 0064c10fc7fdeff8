/** The first page that staff see. */
export const staffHome = '/mod';
export const loginPath = '/mod/login';
export const secondFactorPath = '/mod/login/second-factor';
export const enrolmentPath = '/mod/account/second-factor';
export const accountPath = '/mod/account';
export const staffListPath = '/mod/staff';
export const toStaffPath = (id: number) => `${staffListPath}/${id}`;

/**
 * Where to go after a login. Only plain paths of staff pages pass: no scheme, host, double slash, backslash, dot segment, encoded
 * sign or white space can be written in the signs that are allowed here. Anything else leads to the first page.
 */
export function toReturnPath(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > 300) return staffHome;
  const isStaffPage = /^\/mod(?:\/[\w-]+)*\/?(?:\?[\w=&+-]*)?$/.test(asked);
  return isStaffPage && !/^\/mod\/log(?:in|out)\b/.test(asked) ? asked : staffHome;
}

/** The address of `path` that remembers where to go afterwards. */
export function withReturnPath(path: string, to: string): string {
  return to === staffHome ? path : `${path}?to=${encodeURIComponent(to)}`;
}
