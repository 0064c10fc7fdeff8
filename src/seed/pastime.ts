/*
 * The words that seeded threads are made of. A phrase is a sentence with choices: `[a|b]` is one of them (they may be nested),
 * `{name}` a word from one of the pastime's lists, `{2-9}` a whole number. Phrases carry the markup that somebody would type.
 */

/** Something people disagree about: what a thread is about. Every phrase stands on its own. */
export interface Dispute {
  /** Titles of threads. */
  subjects: readonly string[];
  /** First paragraphs of a thread. */
  openings: readonly string[];
  /** Reasons for what the openings hold or suspect, and against it. */
  yes: readonly string[];
  no: readonly string[];
  /** What happened to somebody; fits both sides. */
  seen: readonly string[];
  asks: readonly string[];
}

export interface Pastime {
  /** Tells from a board's slug and title whether this pastime belongs there. */
  fits: RegExp;
  lists: Readonly<Record<string, readonly string[]>>;
  /** Clauses without a capital or a full stop, for sentences.ts: what somebody did, what came of it, what holds, where, and what to do. */
  clauses: Readonly<Record<'did' | 'result' | 'claim' | 'cond' | 'advice', readonly string[]>>;
  disputes: readonly Dispute[];
  /** Asides that fit any thread of the pastime. */
  asides: readonly string[];
  links: readonly string[];
  /** Whole blocks for notes: tables, recipes, logs. Lines are kept. */
  notes: readonly string[];
}
