import type { BoardList } from '../boards/board-list.js';
import { malformed } from '../http/errors.js';
import type { TextKey, TextParams } from '../texts/texts.js';
import { type ActName, type ActRequest, acts, banHours, isActName, isThreadSettingName } from './acts.js';
import { tidyLine, tidyLines } from './tidy-words.js';

/** The fields that forms of acts have, as they were sent. */
const fieldNames = ['act', 'post', 'thread', 'upload', 'reason', 'own', 'note', 'duration', 'scope', 'to_board', 'remove', 'shown', 'confirm', 'back'] as const;
export type ActField = (typeof fieldNames)[number];
export type ActValues = Record<ActField, string>;

export interface ActFault {
  field: ActField;
  key: TextKey;
  params?: TextParams;
}

/** What was asked for, or what is wrong with it; `values` fill the form again. */
export type ParsedAct = { values: ActValues; act: ActName } & ({ request: ActRequest; faults?: undefined } | { request?: undefined; faults: ActFault[] });

const longestReason = 200;
export const longestNote = 500;

/**
 * Reads an act from a form: `act`, `post` or `thread`, and what the act needs. Own words (`own`) go before a chosen `reason`.
 * @throws malformed for what no form of ours sends; boardNotFound
 */
export async function parseActForm(readField: (name: string) => string, boards: Pick<BoardList, 'get'>): Promise<ParsedAct> {
  const values = Object.fromEntries(fieldNames.map((name) => [name, readField(name)])) as ActValues;
  const { act } = values;
  if (!isActName(act)) throw malformed();
  const reason = tidyLine(values.own) || tidyLine(values.reason);
  const note = tidyLines(values.note);
  const faults: ActFault[] = [];
  if (reason === '' && acts[act].needsReason) faults.push({ field: 'reason', key: 'moderation.reasonMissing' });
  if (reason.length > longestReason) faults.push({ field: 'reason', key: 'moderation.tooLong', params: { most: longestReason } });
  if (note.length > longestNote) faults.push({ field: 'note', key: 'moderation.tooLong', params: { most: longestNote } });
  if (act === 'post.purge' && values.confirm !== 'on') faults.push({ field: 'confirm', key: 'moderation.confirmMissing' });
  if (act === 'author.ban' && !banHours.includes(Number(values.duration))) faults.push({ field: 'duration', key: 'moderation.durationMissing' });
  if (act === 'thread.move' && values.to_board === '') faults.push({ field: 'to_board', key: 'moderation.boardMissing' });
  if (faults.length > 0) return { values: { ...values, reason }, act, faults };
  return { values, act, request: await toRequest(act, values, { reason, note }, boards) };
}

async function toRequest(act: ActName, values: ActValues, words: { reason: string; note: string }, boards: Pick<BoardList, 'get'>): Promise<ActRequest> {
  const { reason, note } = words;
  if (act === 'thread.move' || isThreadSettingName(act)) {
    const about = { threadId: toId(values.thread), reason, casePostId: values.post === '' ? undefined : toId(values.post) };
    return act === 'thread.move' ? { act, ...about, toBoardId: (await boards.get(values.to_board)).id } : { act, ...about };
  }
  const postId = toId(values.post);
  const sanction = { postId, reason, note, isPostRemoved: values.remove === 'on', isShown: values.shown === 'on' };
  switch (act) {
    case 'author.ban':
      return { act, ...sanction, hours: Number(values.duration), scope: values.scope === 'site' ? 'site' : 'board' };
    case 'author.warn':
      return { act, ...sanction };
    case 'file.remove':
    case 'file.spoiler':
    case 'file.unspoiler':
      return { act, postId, reason, uploadId: values.upload === '' ? undefined : toId(values.upload) };
    default:
      return { act, postId, reason };
  }
}

function toId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw malformed();
  return Number(text);
}
