/** @typedef {typeof import('socket.io-client').io} OpenSocket */

/** @type {Promise<OpenSocket> | undefined} */
let loading;
let failures = 0;

/**
 * Fetches the part of the script that talks to the server, once for all that need it. A page calls this when it has been drawn and can be
 * used. It fails when the part cannot be fetched, and may then be called again.
 * @returns {Promise<OpenSocket>}
 */
export function loadSocket() {
  loading ??= fetchModule().catch((error) => {
    loading = undefined;
    failures += 1;
    throw error;
  });
  return loading;
}

/** @returns {Promise<OpenSocket>} */
async function fetchModule() {
  const address = document.querySelector('script[data-socket]')?.getAttribute('data-socket');
  // Some browsers remember that an address could not be imported.
  const { io } = await import(failures === 0 ? `${address}` : `${address}?${failures}`);
  return io;
}
