import { uploadsBusy } from './upload-errors.js';

/** Bodies up to this size are text posts for nearly all visitors: they are not held up by a crowd of uploads. */
const SMALL_BODY_BYTES = 256 * 1024;

/** How much may be on its way in at once, over all visitors. */
export type IntakeBudget = {
  /** Takes a place for a body of `bytes` and returns the function (idempotent) that gives it back. Throws 503 when full. */
  reserve(bytes: number): () => void;
};

/** At most `maxConcurrent` large bodies and `maxBytes` of declared length at once. */
export function createIntakeBudget(limits: { maxConcurrent: number; maxBytes: number }): IntakeBudget {
  let bytesInFlight = 0;
  let largeInFlight = 0;
  return {
    reserve(bytes) {
      const large = bytes > SMALL_BODY_BYTES ? 1 : 0;
      if (largeInFlight + large > limits.maxConcurrent || bytesInFlight + bytes > limits.maxBytes) throw uploadsBusy();
      bytesInFlight += bytes;
      largeInFlight += large;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        bytesInFlight -= bytes;
        largeInFlight -= large;
      };
    },
  };
}
