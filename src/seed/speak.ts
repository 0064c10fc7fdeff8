import { claims } from './sentences.js';
import {
  chooseTarget, chooseWords, giveReason, listQuotable, quote, say, sayNew, sayOpening, sayTurn, type Speaker, type SpokenPost, type Talk, tell,
} from './talk.js';
import * as turns from './turns.js';

/** What is said in one post, before it has a number. */
export interface Speech {
  /** Parts of the body; a blank line stands between them. */
  parts: string[];
  paragraphs: string[][];
  answered?: { quote: string; answer: string }[];
  isSage?: boolean;
  subject?: string;
  /** Somebody was corrected and may admit it. */
  corrects?: SpokenPost;
}

type Speak = (talk: Talk, speaker: Speaker) => Speech;

const join = (sentences: readonly string[]) => sentences.filter((sentence) => sentence !== '').join(' ');
const toSpeech = (head: string, paragraphs: string[][]): Speech => ({
  parts: paragraphs.map((sentences, at) => (at === 0 && head !== '' ? `${head}\n${join(sentences)}` : join(sentences))),
  paragraphs,
});

/** The first post of a thread: one paragraph, or several when a long debate is to come. */
export function openThread(talk: Talk, isLong: boolean): Speech {
  const { random } = talk;
  const { subject, opening } = sayOpening(talk);
  const paragraphs = [[opening]];
  if (isLong || random.chance(0.3)) paragraphs.push([sayTurn(talk, turns.stories), tell(talk), ...(random.chance(0.5) ? [tell(talk)] : [])]);
  if (isLong) paragraphs.push([sayTurn(talk, turns.essayTurns), giveReason(talk, { stance: 'no' }), giveReason(talk, { stance: 'yes' })]);
  if (random.chance(0.5)) paragraphs.push([sayTurn(talk, turns.closers)]);
  return { ...toSpeech('', paragraphs), subject };
}

/** A thread drifts to another question of its pastime. */
export const driftOn = (talk: Talk): Speech => ({ ...toSpeech('', [[sayTurn(talk, turns.essayLeads)], [say(talk, talk.dispute.openings), giveReason(talk, { stance: 'yes' })]]) });

/** Quotes something somebody said, and answers it. */
const answerWords: Speak = (talk, speaker) => {
  const target = chooseTarget(talk, speaker);
  const words = target === undefined ? undefined : chooseWords(talk, target);
  if (target === undefined || words === undefined) return tellStory(talk, speaker);
  const { random } = talk;
  const number = random.chance(0.55) ? `>>${target.no}\n` : '';
  const answer = giveReason(talk, speaker);
  const first = [random.chance(0.6) ? lead(talk, speaker, target) : '', answer];
  if (random.chance(0.45 * speaker.length)) first.push(giveReason(talk, speaker));
  const paragraphs = [first];
  if (random.chance(0.35 * speaker.length)) paragraphs.push([random.chance(0.5) ? sayTurn(talk, turns.stories) : '', tell(talk)]);
  const question = random.chance(0.15) ? sayNew(talk, talk.dispute.asks) : undefined;
  if (question !== undefined) paragraphs.push([question]);
  else if (random.chance(0.08)) paragraphs.push([sayTurn(talk, turns.closers)]);
  return { ...toSpeech(number + quote(talk, speaker, words), paragraphs), answered: [{ quote: words, answer }] };
};

function lead(talk: Talk, speaker: Speaker, target: SpokenPost): string {
  if (talk.random.chance(0.35)) return sayTurn(talk, turns.answering);
  return sayTurn(talk, speaker.stance === target.speaker.stance ? turns.agreeing : turns.disagreeing);
}

/** Takes a longer post apart, sentence by sentence. */
const answerPointByPoint: Speak = (talk, speaker) => {
  const target = chooseTarget(talk, speaker);
  const points = target === undefined ? [] : listQuotable(talk, target).slice(0, talk.random.whole(2, 4));
  if (target === undefined || points.length < 2) return answerWords(talk, speaker);
  const answers = points.map(({ sentence }) => ({
    words: sentence,
    sentences: [talk.random.chance(0.55) ? sayTurn(talk, turns.answering) : '', giveReason(talk, speaker), ...(talk.random.chance(0.3 * speaker.length) ? [giveReason(talk, speaker)] : [])],
  }));
  const parts = answers.map(({ words, sentences }, at) => `${at === 0 ? `>>${target.no}\n` : ''}${quote(talk, speaker, words)}\n${join(sentences)}`);
  const paragraphs = answers.map(({ sentences }) => sentences);
  if (talk.random.chance(0.3)) {
    const last = [sayTurn(talk, turns.closers)];
    parts.push(join(last));
    paragraphs.push(last);
  }
  return { parts, paragraphs, answered: answers.map(({ words, sentences }) => ({ quote: words, answer: sentences[1] ?? '' })) };
};

/** Comes into a dispute of two others: quotes the answer together with what it answered. */
const joinQuarrel: Speak = (talk, speaker) => {
  const target = chooseTarget(talk, speaker);
  const exchange = target?.answered.at(-1);
  if (target === undefined || exchange === undefined || exchange.answer === '') return answerWords(talk, speaker);
  const sentences = [talk.random.chance(0.65) ? lead(talk, speaker, target) : '', giveReason(talk, speaker)];
  const quoted = `>>${exchange.quote}\n${speaker.mark}${exchange.answer}`;
  // Two marks and a figure would be a reference.
  const isSafe = !/^\d/.test(exchange.quote) && !exchange.quote.startsWith('/');
  return toSpeech(`>>${target.no}\n${isSafe ? quoted : speaker.mark + exchange.answer}`, [sentences]);
};

/** Names one to three posts by number. */
const answerByNumber: Speak = (talk, speaker) => {
  const target = chooseTarget(talk, speaker);
  if (target === undefined) return tellStory(talk, speaker);
  const others = talk.random.chance(0.2) ? [chooseTarget(talk, speaker), chooseTarget(talk, speaker)] : [];
  const numbers = [...new Set([target.no, ...others.map((post) => post?.no ?? target.no)])];
  const sentences = [talk.random.chance(0.65) ? lead(talk, speaker, target) : '', giveReason(talk, speaker)];
  if (talk.random.chance(0.5 * speaker.length)) sentences.push(giveReason(talk, speaker));
  return toSpeech(numbers.map((no) => `>>${no}`).join(' '), [sentences]);
};

const tellStory: Speak = (talk, speaker) => {
  const { random, pastime } = talk;
  const paragraphs = [[random.chance(0.4) ? sayTurn(talk, turns.stories) : '', tell(talk), random.chance(0.5) ? giveReason(talk, speaker) : '']];
  const speech = toSpeech('', paragraphs);
  if (talk.places.length > 0 && random.chance(0.1)) speech.parts.push(sayTurn(talk, turns.pointers, { place: talk.places }));
  else if (random.chance(0.08)) speech.parts.push(sayTurn(talk, turns.linkLeads, { link: pastime.links }));
  else if (random.chance(0.1)) speech.parts.push(`${sayTurn(talk, turns.noteLeads)}\n\`\`\`\n${say(talk, pastime.notes)}\n\`\`\``);
  return speech;
};

const ask: Speak = (talk, speaker) => {
  const question = sayNew(talk, talk.dispute.asks);
  if (question === undefined) return answerByNumber(talk, speaker);
  const target = talk.random.chance(0.6) ? chooseTarget(talk, speaker) : undefined;
  return toSpeech(target === undefined ? '' : `>>${target.no}`, [[talk.random.chance(0.6) ? sayTurn(talk, turns.asking) : '', question]]);
};

const sayLittle: Speak = (talk, speaker) => {
  const target = talk.random.chance(0.65) ? chooseTarget(talk, speaker) : undefined;
  const speech = toSpeech(target === undefined ? '' : `>>${target.no}`, [[sayTurn(talk, turns.oneLiners)]]);
  return { ...speech, isSage: talk.random.chance(0.12) };
};

const stepAside: Speak = (talk, speaker) => {
  const aside = sayNew(talk, talk.pastime.asides);
  if (aside === undefined) return sayLittle(talk, speaker);
  talk.glue.add(aside);
  const isSage = talk.random.chance(0.6);
  return { ...toSpeech('', [[isSage && talk.random.chance(0.6) ? sayTurn(talk, turns.asideLeads) : '', aside]]), isSage };
};

/** Several paragraphs that weigh both sides, with the words of two or three others in them. */
const writeEssay: Speak = (talk, speaker) => {
  const { random } = talk;
  const parts = [sayTurn(talk, turns.essayLeads)];
  const paragraphs: string[][] = [[]];
  const answered: { quote: string; answer: string }[] = [];
  for (let left = random.whole(2, 4); left > 0; left -= 1) {
    const target = random.chance(0.6) ? chooseTarget(talk, speaker) : undefined;
    const words = target === undefined ? undefined : chooseWords(talk, target);
    const isOther = random.chance(0.3);
    const side = isOther ? { stance: speaker.stance === 'yes' ? ('no' as const) : ('yes' as const) } : speaker;
    const sentences = [isOther ? sayTurn(talk, turns.essayTurns) : '', giveReason(talk, side), giveReason(talk, side), random.chance(0.4) ? tell(talk) : ''];
    if (words !== undefined) answered.push({ quote: words, answer: sentences[1] ?? '' });
    parts.push(`${words === undefined ? '' : `${quote(talk, speaker, words)}\n`}${join(sentences)}`);
    paragraphs.push(sentences);
  }
  const near = talk.posts.slice(-40).map((post) => `>>${post.no}`);
  const last = [random.chance(0.5) ? sayTurn(talk, turns.mentions, { no: near }) : '', random.chance(0.7) ? sayTurn(talk, turns.closers) : say(talk, claims)];
  parts.push(join(last));
  return { parts, paragraphs: [...paragraphs, last], answered, subject: random.chance(0.15) ? sayTurn(talk, turns.replySubjects) : '' };
};

const correct: Speak = (talk, speaker) => {
  const target = chooseTarget(talk, speaker);
  const words = target === undefined ? undefined : chooseWords(talk, target);
  if (target === undefined || words === undefined) return ask(talk, speaker);
  const speech = toSpeech(`>>${target.no}\n${quote(talk, speaker, words)}`, [[sayTurn(talk, turns.correcting), talk.random.chance(0.4) ? tell(talk) : '']]);
  return { ...speech, corrects: target };
};

/** Answers a correction of one's own post. */
export const admit = (talk: Talk, corrector: SpokenPost): Speech => toSpeech(`>>${corrector.no}`, [[sayTurn(talk, turns.admitting)]]);

/** Quotes what convinced, and changes sides. */
const concede: Speak = (talk, speaker) => {
  const target = chooseTarget(talk, speaker);
  const words = target === undefined ? undefined : chooseWords(talk, target);
  if (target === undefined || words === undefined || target.speaker.stance === speaker.stance) return answerWords(talk, speaker);
  speaker.stance = target.speaker.stance;
  return toSpeech(`>>${target.no}\n${quote(talk, speaker, words)}`, [[sayTurn(talk, turns.conceding), giveReason(talk, speaker)]]);
};

/** Ways to speak and how often each is chosen, in a quick exchange and in a long debate. */
export const quickWays: readonly [Speak, number][] = [[answerWords, 20], [answerByNumber, 18], [tellStory, 20], [sayLittle, 17], [ask, 12], [stepAside, 8], [correct, 3], [concede, 2]];
export const debateWays: readonly [Speak, number][] = [
  [answerWords, 26], [answerPointByPoint, 16], [joinQuarrel, 7], [answerByNumber, 14], [tellStory, 9], [sayLittle, 10], [ask, 5], [stepAside, 3], [writeEssay, 6], [correct, 4], [concede, 4],
];

export function chooseWay({ random }: Talk, ways: readonly [Speak, number][]): Speak {
  let left = random.next() * ways.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [speak, weight] of ways) {
    left -= weight;
    if (left < 0) return speak;
  }
  return sayLittle;
}
