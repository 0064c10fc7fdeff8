import { z } from 'zod';
import type { ControlCommand } from '../control/control-socket.js';
import { UserError } from '../http/errors.js';
import { createTranslate } from '../texts/texts.js';
import { seedBoards, type SeedParts } from './seed-boards.js';

/** How much can be asked for at once. */
export const seedLimits = { threads: 1_000, posts: 100_000, seed: 2 ** 32 - 1 } as const;

/** What the command takes, what it reports on the way, and what it answers: the lines to print, or why nothing was done. */
export const seedArgs = z
  .object({
    boardSlug: z.string().max(200).nullable(),
    threadCount: z.number().int().min(1).max(seedLimits.threads),
    postCount: z.number().int().min(1).max(seedLimits.posts),
    seed: z.number().int().min(0).max(seedLimits.seed),
  })
  .refine(({ threadCount, postCount }) => postCount >= threadCount);
export type SeedArgs = z.infer<typeof seedArgs>;
export const seedProgress = z.object({ done: z.number() });
export const seedAnswer = z.union([z.object({ lines: z.array(z.string()) }), z.object({ refusal: z.string() })]);
export type SeedAnswer = z.infer<typeof seedAnswer>;

const t = createTranslate('en');

/** The command behind `npm run seed`, by its name on the control socket. It reports `{ done }`, the posts that are there. */
export function createSeedCommands(parts: SeedParts): { seed: ControlCommand } {
  return {
    async seed(args, report): Promise<SeedAnswer> {
      const order = seedArgs.parse(args);
      const startedAt = parts.now().getTime();
      try {
        const { slugs, archivedCount, pictureCount } = await seedBoards(parts, order, (done) => report({ done }));
        const seconds = (parts.now().getTime() - startedAt) / 1000;
        const rate = Math.round(order.postCount / Math.max(seconds, 0.1));
        return {
          lines: [
            t('seed.done', { ...order, boardSlug: '', boards: slugs.map((slug) => `/${slug}/`).join(' '), pictureCount, seconds: Math.round(seconds), rate }),
            ...(archivedCount > 0 ? [t('seed.archived', { archivedCount })] : []),
            t('seed.again', { seed: String(order.seed) }),
          ],
        };
      } catch (error) {
        if (error instanceof UserError) return { refusal: t(error.code, error.params) };
        throw error;
      }
    },
  };
}
