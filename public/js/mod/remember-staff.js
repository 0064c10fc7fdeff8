import { keep } from '../browser-memory.js';

/**
 * Remembers that a moderator uses this browser, so that the menus of public posts lead to where something can be done about them:
 * those pages are the same for everybody. Logging out forgets it.
 */
export function rememberStaff() {
  if (document.querySelector('form[action="/mod/logout"]') !== null) keep('staff', true);
  else if (location.pathname === '/mod/login') keep('staff', undefined);
}
