/** How long one piece of work may hold up the page. A phone is several times slower than what this was written on. */
const sliceMs = 8;

/**
 * Does the same for many things, a slice at a time, so that the page answers its reader in between.
 * @template T
 * @param {Iterable<T>} things
 * @param {(thing: T) => void} act
 */
export function doInSlices(things, act) {
  const waiting = things[Symbol.iterator]();
  function next() {
    const endsAt = performance.now() + sliceMs;
    for (let { done, value } = waiting.next(); done !== true; { done, value } = waiting.next()) {
      act(value);
      if (performance.now() < endsAt) continue;
      soon(next);
      return;
    }
  }
  soon(next);
}

/**
 * Does something as soon as the page has nothing more urgent to do.
 * @param {() => void} act
 */
export function soon(act) {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act, { timeout: 1000 });
  else setTimeout(act, 16);
}
