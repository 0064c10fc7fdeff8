/** So long the last act can be undone from the toast; the log can do it for ever. */
const shownMs = 15_000;

/** Lets the toast go after a while, but not from under a pointer or the keyboard. */
export function startToast() {
  const toast = document.querySelector('[data-toast]');
  if (!(toast instanceof HTMLElement)) return;
  const address = new URL(location.href);
  address.searchParams.delete('done');
  // Reloading must not tell it once more.
  history.replaceState(history.state, '', address);
  const leave = () => {
    if (toast.matches(':hover, :focus-within')) setTimeout(leave, 2000);
    else toast.remove();
  };
  setTimeout(leave, shownMs);
}
