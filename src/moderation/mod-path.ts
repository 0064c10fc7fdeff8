/** Addresses of moderators' pages. Written here alone. */
export const queuePath = '/mod/queue';
export const queueListPath = '/mod/queue/list';
export const staffLogPath = '/mod/log';
export const publicLogPath = '/log';
export const actPath = '/mod/act';
export const undoPath = '/mod/undo';
export const toStaffBoardPath = (slug: string) => `/mod/${slug}/`;
export const toStaffThreadPath = (slug: string, threadNo: number) => `/mod/${slug}/thread/${threadNo}`;
export const toStaffPostPath = (slug: string, threadNo: number, no: number) => `${toStaffThreadPath(slug, threadNo)}#p${no}`;
export const toPrivateMediaUrl = (name: string) => `/mod/media/${name}`;

export type QueueFilter = 'all' | 'reports' | 'appeals';
export const queueFilters: readonly QueueFilter[] = ['all', 'reports', 'appeals'];

/** A case of the queue: a reported post, or an appealed ban. As text `123`, or `a123`. */
export type CaseKey = { kind: 'report'; postId: number } | { kind: 'appeal'; banId: number };

export const toCaseText = (key: CaseKey) => (key.kind === 'report' ? String(key.postId) : `a${key.banId}`);

export function findCaseKey(text: string): CaseKey | undefined {
  const found = /^(a?)([1-9]\d{0,14})$/.exec(text);
  if (found === null) return undefined;
  return found[1] === 'a' ? { kind: 'appeal', banId: Number(found[2]) } : { kind: 'report', postId: Number(found[2]) };
}

export function toQueuePath(filter: QueueFilter, key?: CaseKey): string {
  const query = [...(filter === 'all' ? [] : [`filter=${filter}`]), ...(key === undefined ? [] : [`case=${toCaseText(key)}`])].join('&');
  return query === '' ? queuePath : `${queuePath}?${query}`;
}

/**
 * Where a form of staff asked to go afterwards, when that is a moderators' page: nothing that could lead to another site can be
 * written in the signs that pass. Anything else leads to the queue.
 */
export function toBackPath(asked: string): string {
  return asked.length <= 300 && /^\/mod(?:\/[\w-]+)*\/?(?:\?[\w=&+-]*)?(?:#[\w-]+)?$/.test(asked) ? asked : queuePath;
}

/** The same page, telling what was done. */
export function withDone(path: string, logId: number): string {
  const [beforeHash = '', hash] = path.split('#');
  const [page, query = ''] = beforeHash.split('?');
  const kept = query.split('&').filter((part) => part !== '' && !part.startsWith('done='));
  return `${page}?${[...kept, `done=${logId}`].join('&')}${hash === undefined ? '' : `#${hash}`}`;
}
