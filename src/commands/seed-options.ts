import { parseArgs } from 'node:util';
import { type SeedArgs, seedLimits } from '../seed/seed-command.js';
import { createTranslate } from '../texts/texts.js';

const usual = { threads: 30, posts: 600 };
const postsPerThread = usual.posts / usual.threads;

const t = createTranslate('en');

/**
 * Reads the command line of `npm run seed`: an order, a request for help, or the sentence that says what is wrong with it.
 * `anySeed` is taken when none is asked for.
 */
export function readSeedOptions(argv: readonly string[], anySeed: number): SeedArgs | { help: true } | { fault: string } {
  const typed = tryParse(argv);
  if ('fault' in typed) return typed;
  const { values, positionals } = typed;
  if (values.help === true) return { help: true };
  if (positionals.length > 0) return { fault: t('seed.tooMuch', { rest: positionals.join(' ') }) };
  const threads = readNumber(values.threads, 1, seedLimits.threads);
  const posts = readNumber(values.posts, 1, seedLimits.posts);
  const seed = readNumber(values.seed, 0, seedLimits.seed);
  if (threads === null) return { fault: t('seed.unreadableThreads', { most: seedLimits.threads }) };
  if (posts === null) return { fault: t('seed.unreadablePosts', { most: seedLimits.posts }) };
  if (seed === null) return { fault: t('seed.unreadableSeed', { most: String(seedLimits.seed) }) };
  const threadCount = threads ?? (posts === undefined ? usual.threads : toBounded(posts / postsPerThread, seedLimits.threads));
  const postCount = posts ?? (threads === undefined ? usual.posts : toBounded(threadCount * postsPerThread, seedLimits.posts));
  if (postCount < threadCount) return { fault: t('seed.fewerPosts', { threads: threadCount }) };
  return { boardSlug: values.board?.replaceAll('/', '') ?? null, threadCount, postCount, seed: seed ?? anySeed };
}

/** Undefined when nothing was asked for, null when it is no whole number within the bounds. */
function readNumber(typed: string | undefined, least: number, most: number): number | undefined | null {
  if (typed === undefined) return undefined;
  const value = /^\d{1,10}$/.test(typed) ? Number(typed) : NaN;
  return value >= least && value <= most ? value : null;
}

const toBounded = (value: number, most: number) => Math.min(most, Math.max(1, Math.round(value)));

function tryParse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        board: { type: 'string' },
        threads: { type: 'string' },
        posts: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // parseArgs throws plain errors whose message is a sentence about the option.
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
