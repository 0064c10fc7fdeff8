/**
 * Notes before a change which post is being read.
 * @param {HTMLElement} thread
 * @returns {() => void} to be called after the change: puts that post back where it was on the screen. Browsers hold the place too,
 * but not all of them, and not after a jump to a post.
 */
export function holdPlace(thread) {
  const post = scrollY === 0 ? undefined : findRead(thread);
  if (post === undefined) return () => undefined;
  const { top } = post.getBoundingClientRect();
  return () => {
    // The change may have replaced it.
    const moved = (document.getElementById(post.id)?.getBoundingClientRect().top ?? top) - top;
    if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: 'instant' });
  };
}

/**
 * The first post that begins on the screen; when none does, the one that fills it.
 * @param {HTMLElement} thread
 */
function findRead(thread) {
  /** @type {Element | undefined} */
  let last;
  for (const post of thread.querySelectorAll(':scope > .post')) {
    const { top } = post.getBoundingClientRect();
    if (top >= innerHeight) break;
    last = post;
    if (top >= 0) break;
  }
  return last;
}
