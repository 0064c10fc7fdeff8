import { startQueueKeys } from './queue-keys.js';
import { startQueueList } from './queue-list.js';
import { rememberStaff } from './remember-staff.js';
import { startToast } from './toast.js';

/** What the script adds to moderators' pages, which work without it. Each part stands alone: one that fails leaves the others. */
for (const start of [rememberStaff, startQueueKeys, startQueueList, startToast]) {
  try {
    start();
  } catch (error) {
    reportError(error);
  }
}
