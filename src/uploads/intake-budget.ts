import { uploadsBusy } from './upload-errors.js';

/** Bodies up to this size are text posts for nearly all visitors: they are not held up by a crowd of uploads. */
const SMALL_BODY_BYTES = 256 * 1024;

/** How much may be on its way in at once, over all visitors. */
export type IntakeBudget = {
  /** Takes a place for a body of `bytes` and returns the function (idempotent) that gives it back. Throws 503 when full. */
  reserve(bytes: number): () => void;
};

/** At most `maxConcurrent` large bodies and `maxBytes` of their declared length at once, and beside them `maxSmall` small bodies. */
export function createIntakeBudget(limits: { maxConcurrent: number; maxBytes: number; maxSmall: number }): IntakeBudget {
  const large = createPlaces(limits.maxConcurrent, limits.maxBytes);
  const small = createPlaces(limits.maxSmall, limits.maxSmall * SMALL_BODY_BYTES);
  return { reserve: (bytes) => (bytes > SMALL_BODY_BYTES ? large : small).take(bytes) };
}

function createPlaces(maxCount: number, maxBytes: number) {
  let count = 0;
  let bytesInFlight = 0;
  return {
    take(bytes: number): () => void {
      if (count >= maxCount || bytesInFlight + bytes > maxBytes) throw uploadsBusy();
      count += 1;
      bytesInFlight += bytes;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        count -= 1;
        bytesInFlight -= bytes;
      };
    },
  };
}
