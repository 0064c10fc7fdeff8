import type { Phrases } from './phrases.js';
import type { Random } from './random.js';
import { anecdotes, claims, people, times } from './sentences.js';
import type { Dispute, Pastime } from './pastime.js';
import { posterNames } from './turns.js';

/** Somebody in a thread. Most have no name, as on any such board. */
export interface Speaker {
  stance: 'yes' | 'no';
  /** How much this one likes to write; 1 is usual. */
  length: number;
  name: string;
  /** Becomes a tripcode. */
  secret: string | null;
  /** What stands in front of quoted words. */
  mark: '> ' | '>';
}

/** A post as it was said, with what others may quote of it. */
export interface SpokenPost {
  no: number;
  speaker: Speaker;
  body: string;
  subject: string;
  isSage: boolean;
  /** Its own sentences, by paragraph. */
  paragraphs: string[][];
  /** Sentences of others that it quoted, with its answers. */
  answered: { quote: string; answer: string }[];
}

/** A thread while it is being written. */
export interface Talk {
  random: Random;
  phrases: Phrases;
  pastime: Pastime;
  dispute: Dispute;
  posts: SpokenPost[];
  /** What was said to lead over, or by the way: nobody quotes that. */
  glue: Set<string>;
  /** References to other threads and boards that a post of this thread may make. */
  places: readonly string[];
}

/** Says one of these phrases with the words of the pastime. */
export const say = (talk: Talk, from: readonly string[]): string => talk.phrases.say(from, toLists(talk.pastime));

/** Says a thread's title and first paragraph of the same things. */
export function sayOpening(talk: Talk): { subject: string; opening: string } {
  const lists = Object.fromEntries(Object.entries(talk.pastime.lists).map(([name, words]) => [name, [talk.random.pick(words)]]));
  return { subject: talk.phrases.say(talk.dispute.subjects, lists), opening: talk.phrases.say(talk.dispute.openings, lists) };
}

/** Says one of these phrases, unless all were said in this thread: then there is nothing to say. */
export const sayNew = (talk: Talk, from: readonly string[]): string | undefined => talk.phrases.sayNew(from, toLists(talk.pastime));

/** Says what leads over to something else. */
export function sayTurn(talk: Talk, from: readonly string[], lists: Record<string, readonly string[]> = {}): string {
  const said = talk.phrases.say(from, lists);
  talk.glue.add(said);
  return said;
}

const toLists = (pastime: Pastime): Record<string, readonly string[]> => ({ ...pastime.lists, ...pastime.clauses, person: people, when: times });

/** The people of a thread of so many posts; the first one starts it. */
export function gatherSpeakers(random: Random, postCount: number): Speaker[] {
  const count = Math.max(2, Math.min(60, Math.round(1.5 + Math.sqrt(postCount) * (0.8 + random.next()))));
  return Array.from({ length: count }, (_, at) => {
    const isNamed = random.chance(0.07);
    return {
      stance: at === 0 || random.chance(0.5) ? 'yes' : 'no',
      length: 0.5 + random.next() * 1.3,
      name: isNamed ? random.pick(posterNames) : '',
      secret: isNamed && random.chance(0.35) ? `seed-${random.whole(1, 1e9)}` : null,
      mark: random.chance(0.6) ? '> ' : '>',
    };
  });
}

/** A reason on the speaker's side of the question, or what somebody saw; when all that was said, what people always say. */
export function giveReason(talk: Talk, { stance }: Pick<Speaker, 'stance'>): string {
  const way = talk.random.next();
  const reason = way < 0.48 ? sayNew(talk, talk.dispute[stance]) : way < 0.62 ? sayNew(talk, talk.dispute.seen) : undefined;
  return reason ?? say(talk, talk.random.chance(0.35) ? anecdotes : claims);
}

/** What somebody saw or did. */
export const tell = (talk: Talk): string => (talk.random.chance(0.5) ? sayNew(talk, talk.dispute.seen) : undefined) ?? say(talk, anecdotes);

/** A post of somebody else to answer to: mostly one of the last ones, sometimes the first. */
export function chooseTarget({ random, posts }: Talk, speaker: Speaker): SpokenPost | undefined {
  const others = posts.filter((post) => post.speaker !== speaker && post.paragraphs.length > 0);
  if (others.length === 0) return undefined;
  if (random.chance(0.12)) return others[0];
  const among = random.chance(0.78) ? others.slice(-7) : others.slice(-80);
  return random.pick(among);
}

/** Long enough to be found again, and without anything that would come apart when it is cut. */
const isQuotable = (sentence: string) => sentence.replaceAll(/[^a-z]/gi, '').length >= 22 && !sentence.includes('>>') && !sentence.includes('http');

/** Sentences of a post that can be quoted, in order, each with the one after it in its paragraph. */
export function listQuotable({ glue }: Talk, post: SpokenPost): { sentence: string; next: string | undefined }[] {
  const isFit = (sentence: string) => isQuotable(sentence) && !glue.has(sentence);
  return post.paragraphs.flatMap((sentences) =>
    sentences.flatMap((sentence, at) => {
      const next = sentences[at + 1];
      return isFit(sentence) ? [{ sentence, next: next !== undefined && isFit(next) ? next : undefined }] : [];
    }),
  );
}

/** Picks words of a post to quote: a sentence, the end of one, or two that follow each other. */
export function chooseWords(talk: Talk, post: SpokenPost): string | undefined {
  const { random } = talk;
  const quotable = listQuotable(talk, post);
  if (quotable.length === 0) return undefined;
  const { sentence, next } = random.pick(quotable);
  if (next !== undefined && random.chance(0.2)) return `${sentence} ${next}`;
  const comma = sentence.indexOf(', ', 12);
  const isPlain = !/[*|~`]/.test(sentence);
  if (isPlain && comma > 0 && sentence.length - comma > 40 && random.chance(0.3)) return sentence.slice(comma + 2);
  return sentence;
}

/** Quotes words with the speaker's mark, sometimes wrapped as mail programs do. */
export function quote({ random }: Talk, { mark }: Speaker, words: string): string {
  if (words.length < 90 || /[*|~`]/.test(words) || !random.chance(0.25)) return mark + words;
  const cut = words.indexOf(' ', Math.floor(words.length / 2));
  return cut < 0 ? mark + words : `${mark}${words.slice(0, cut)}\n${mark}${words.slice(cut + 1)}`;
}
