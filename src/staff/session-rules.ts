import { needsSecondFactor, type StaffRole } from './staff-member.js';

const MINUTE = 60_000;

/** How long a session lasts from its login, whatever is done in it. */
export const absoluteLimit = 12 * 60 * MINUTE;
/** How long the way from the password to the second factor may take. */
export const loginLimit = 15 * MINUTE;
/** The longest that anybody's session survives without a request. */
export const longestIdleLimit = 120 * MINUTE;
/** Being seen is written down this often at most: a page of staff makes several requests. */
export const seenEvery = MINUTE;

/** Where a login stands: `complete`, or what has to be done before anything else works. */
export type SessionStage = 'complete' | 'second-factor' | 'enrolment';

interface SessionTimes {
  isComplete: boolean;
  lastSeenAt: Date;
  expiresAt: Date;
}

/** Whether a session is over: its time has come, or nothing was done in it for 2 hours (30 minutes for admins). */
export function hasEnded(session: SessionTimes, roles: readonly StaffRole[], now: Date): boolean {
  const idleLimit = needsSecondFactor(roles) ? 30 * MINUTE : longestIdleLimit;
  return now >= session.expiresAt || now.getTime() - session.lastSeenAt.getTime() >= idleLimit;
}

/**
 * Where the session stands, or undefined when it can lead nowhere and the login has to begin anew. An admin without a second
 * factor gets no further than setting one up, even if the session began before that was asked of him.
 */
export function findStage(session: { isComplete: boolean }, account: { hasSecondFactor: boolean; roles: readonly StaffRole[] }): SessionStage | undefined {
  if (!account.hasSecondFactor && needsSecondFactor(account.roles)) return 'enrolment';
  if (session.isComplete) return 'complete';
  return account.hasSecondFactor ? 'second-factor' : undefined;
}
