import { z } from 'zod';

/** What a browser may send: join the room of a board, or of one of its threads. Everything else is refused. */
export const joinSchema = z.object({
  board: z.string().regex(/^[a-z0-9]{1,16}$/),
  thread: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
  lang: z.string().regex(/^[a-z]{2}$/).optional(),
});
export type Join = z.infer<typeof joinSchema>;

/** The answer to a join. `readers` are the browsers in that room of this process, this one among them. */
export type JoinAnswer = { ok: true; readers: number } | { ok: false; code: 'malformed' | 'unknown' | 'tooMany' };

/** Every event that the server sends, with its payload. Payload types of threads and boards stand with their parts. */
export interface ServerEvents {
  'thread:changes': (changes: object) => void;
  'board:changes': (changes: object[]) => void;
  readers: (count: { board: string; thread?: number; count: number }) => void;
}

export interface ClientEvents {
  join: (join: unknown, answer: unknown) => void;
}

/** What staff pages are told: how many reports and appeals are open. */
export interface StaffEvents {
  'queue:changed': (queue: { openCount: number }) => void;
}
