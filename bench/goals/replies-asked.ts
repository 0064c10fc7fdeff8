import { atLeast, atMost, type Check, notMeasured } from '../checks.js';
import type { Written } from '../load/write-replies.js';
import { quantile } from '../measure/quantiles.js';
import { recorded } from '../measure/recorded.js';
import { medianOf, medianRatio, type Round, type Rounds } from '../measure/rounds.js';
import type { ReplyCases } from './replies.js';

/** Milliseconds a reply of one of the processes. */
export const cpu = (process: string) => (round: Round<Written>) => ((round.seconds[process] ?? NaN) * 1000) / round.result.count;
export const whole = (round: Round<Written>) => cpu('server')(round) + cpu('PostgreSQL')(round);
export const perSecond = ({ result }: Round<Written>) => result.count / result.seconds;
export const latency = (share: number) => (round: Round<Written>) => quantile(round.result.latencies, share);

/** What is asked of replies. vichan and pgbench stand in no run of this bench: their recorded shares of Kysely's rate are used. */
export function toReplyChecks(taken: Rounds<Written>, cases: ReplyCases, kysely: { eight: string; one: string }): Check[] {
  const { one, oneLong, plain, quoting, many, hot, hotCrowd } = cases;
  const ofKysely = medianRatio(taken, many.name, kysely.eight, perSecond);
  const slower = medianOf(taken, quoting.name, latency(0.5)) - medianOf(taken, plain.name, latency(0.5));
  const byKysely = 'by the ratio to Kysely in both runs (the other recorded)';
  return [
    atMost('W1', '1 writer: p50', medianOf(taken, one.name, latency(0.5)), 4, 'ms'),
    atLeast('W1', `1 writer: rate, times vichan, ${byKysely}`, medianRatio(taken, one.name, kysely.one, perSecond) / recorded.vichanOfKysely.one, 8),
    atLeast('W2', '8 writers over many threads: rate', medianOf(taken, many.name, perSecond), 1_200, '/s'),
    atLeast('W2', '8 writers: rate, of Kysely with one statement', ofKysely, 0.25),
    atLeast('W2', `8 writers: rate, times vichan, ${byKysely}`, ofKysely / recorded.vichanOfKysely.eight, 20),
    atLeast('W2', `8 writers: rate, of pgbench, ${byKysely}`, ofKysely * recorded.kyselyOfPgbench, 0.1),
    atMost('W2', '8 writers: p99', medianOf(taken, many.name, latency(0.99)), 25, 'ms'),
    atMost('W2', '8 writers: CPU a reply, PostgreSQL included', medianOf(taken, many.name, whole), 1.5, 'ms'),
    atLeast('W3', '32 writers in one thread: rate', medianOf(taken, hotCrowd.name, perSecond), 1_000, '/s'),
    atMost('W3', '32 writers in one thread: p99', medianOf(taken, hotCrowd.name, latency(0.99)), 80, 'ms'),
    atLeast('W3', '32 writers in one thread: rate, of 8 writers there', medianRatio(taken, hotCrowd.name, hot.name, perSecond), 0.8),
    atMost('W4', 'thread of 10,000 posts: CPU a reply, of a thread of 10', medianRatio(taken, oneLong.name, one.name, whole), 1.15),
    atMost('W4', 'thread of 10,000 posts: p50, of a thread of 10', medianRatio(taken, oneLong.name, one.name, latency(0.5)), 1.15),
    atMost('W4', 'a reply that quotes words in a thread of 1,000: p50 above one that does not', slower, 5, 'ms'),
    notMeasured('W5', 'a reply on a board of 10,000,000 posts', 'npm run bench -- growth, kept in GROWTH.md'),
    notMeasured('W6', 'nothing lost and nothing doubled by kill -9', 'npm run fuzz -- faults'),
  ];
}
