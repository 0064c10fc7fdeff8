/**
 * What became of a sent form: the post is there; it was refused and why; the server wants to show a page of its own; or it could
 * not be reached.
 * @typedef {{ kind: 'posted', board: string, thread: number, no: number, location: string }
 *   | { kind: 'refused', message: string, field: string | null }
 *   | { kind: 'page' }
 *   | { kind: 'unreachable' }} SendOutcome
 */

/**
 * Sends a form and tells how far it is. XMLHttpRequest, because fetch does not tell the progress of an upload.
 * @param {HTMLFormElement} form
 * @param {(percent: number) => void} onProgress
 * @returns {Promise<SendOutcome>}
 */
export function sendPost(form, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total === 0 ? 0 : Math.round((loaded / total) * 100)));
    request.addEventListener('load', () => resolve(toOutcome(request)));
    request.addEventListener('error', () => resolve({ kind: 'unreachable' }));
    request.addEventListener('abort', () => resolve({ kind: 'unreachable' }));
    request.send(new FormData(form));
  });
}

/**
 * @param {XMLHttpRequest} request
 * @returns {SendOutcome}
 */
function toOutcome(request) {
  const isJson = request.getResponseHeader('Content-Type')?.includes('application/json') ?? false;
  if (!isJson || request.status === 403) return { kind: 'page' };
  /** @type {any} */
  let said;
  try {
    said = JSON.parse(request.responseText);
  } catch {
    return { kind: 'unreachable' };
  }
  if (request.status === 201) return { kind: 'posted', board: said.board, thread: said.thread, no: said.no, location: said.location };
  return { kind: 'refused', message: String(said?.error?.message ?? request.status), field: said?.error?.field ?? null };
}
