import { normalizeText } from '../markup/normalize-text.js';
import type { Phrases } from './phrases.js';
import type { Random } from './random.js';
import { admit, chooseWay, debateWays, driftOn, openThread, quickWays, type Speech } from './speak.js';
import { gatherSpeakers, sayTurn, type Speaker, type SpokenPost, type Talk } from './talk.js';
import type { Dispute, Pastime } from './pastime.js';
import { oneLiners, opFollowUps, pictureLeads } from './turns.js';

/** What a thread is to be. The numbers of its posts are known beforehand, so that they can refer to each other. */
export interface ThreadOrder {
  pastime: Pastime;
  dispute: Dispute;
  nos: readonly number[];
  places: readonly string[];
  /** Longest body in UTF-16 units, and in lines. */
  maxBodyLength: number;
  maxLines: number;
  /** Whether the post at this place shows a picture. */
  hasPicture: (at: number) => boolean;
}

/** From so many replies on a thread is a debate. */
const debateFrom = 22;
/** After so many posts a thread has said what there is to say, and drifts to the next question of its pastime. */
const driftEvery = 42;

/** Writes the posts of a thread, the first one with its subject. Pure: the same `random` gives the same words. */
export function writeThread(order: ThreadOrder, random: Random, phrases: Phrases): SpokenPost[] {
  phrases.turnPage();
  const { pastime, nos } = order;
  const talk: Talk = { random, phrases, pastime, dispute: order.dispute, posts: [], glue: new Set(), places: order.places };
  const isDebate = nos.length > debateFrom || random.chance(0.25);
  const speakers = gatherSpeakers(random, nos.length);
  let corrected: { by: SpokenPost; speaker: Speaker } | undefined;
  for (const [at, no] of nos.entries()) {
    const answering = corrected !== undefined && random.chance(0.6) ? corrected : undefined;
    const speaker = answering?.speaker ?? chooseSpeaker(talk, speakers, at);
    const speech = speak(talk, order, { at, speaker, isDebate, correctedBy: answering?.by });
    const post = toPost(order, talk, at, no, speaker, speech);
    talk.posts.push(post);
    corrected = speech.corrects === undefined ? undefined : { by: post, speaker: speech.corrects.speaker };
  }
  return talk.posts;
}

function speak(talk: Talk, order: ThreadOrder, turn: { at: number; speaker: Speaker; isDebate: boolean; correctedBy: SpokenPost | undefined }): Speech {
  const { at, speaker, isDebate, correctedBy } = turn;
  if (at === 0) return openThread(talk, isDebate);
  if (correctedBy !== undefined) return admit(talk, correctedBy);
  if (at % driftEvery === 0) {
    const others = order.pastime.disputes;
    talk.dispute = others[(others.indexOf(order.dispute) + at / driftEvery) % others.length] ?? order.dispute;
    return driftOn(talk);
  }
  return chooseWay(talk, isDebate ? debateWays : quickWays)(talk, speaker);
}

/** The starter comes back now and then; otherwise whoever spoke a moment ago is likely to speak again. */
function chooseSpeaker({ random, posts }: Talk, speakers: readonly Speaker[], at: number): Speaker {
  const [starter] = speakers;
  if (starter === undefined) throw new Error('a thread has at least its starter');
  if (at === 0 || random.chance(0.12)) return starter;
  const before = posts.at(-2)?.speaker;
  return before !== undefined && random.chance(0.3) ? before : random.pick(speakers);
}

function toPost(order: ThreadOrder, talk: Talk, at: number, no: number, speaker: Speaker, speech: Speech): SpokenPost {
  const parts = [...speech.parts];
  const isStarter = at > 0 && speaker === talk.posts[0]?.speaker;
  if (isStarter && parts[0]?.startsWith('>') === false && talk.random.chance(0.4)) parts[0] = `${sayTurn(talk, opFollowUps)} ${parts[0]}`;
  if (at > 0 && order.hasPicture(at)) parts.push(sayTurn(talk, pictureLeads));
  const body = fit(parts, order, talk);
  return {
    no,
    speaker,
    body,
    subject: speech.subject ?? '',
    isSage: speech.isSage ?? false,
    paragraphs: speech.paragraphs.map((sentences) => sentences.filter((sentence) => sentence !== '' && body.includes(sentence))).filter((sentences) => sentences.length > 0),
    answered: speech.answered ?? [],
  };
}

/** As many parts as the board's limits allow; of a board for very short posts a remark. */
function fit(parts: readonly string[], { maxBodyLength, maxLines }: ThreadOrder, talk: Talk): string {
  for (let count = parts.length; count > 0; count -= 1) {
    const body = normalizeText(parts.slice(0, count).join('\n\n'));
    if (body.length <= maxBodyLength && body.split('\n').length <= maxLines) return body;
  }
  return sayTurn(talk, oneLiners).slice(0, maxBodyLength).trim();
}
