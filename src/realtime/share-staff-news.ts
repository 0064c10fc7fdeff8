import { z } from 'zod';
import type { Bus } from './between-processes.js';
import type { Broadcaster } from './broadcaster.js';

const queueNews = z.object({ openCount: z.number().int().nonnegative() });

/** Tells the staff pages of all processes what those of one are told. */
export function shareStaffNews(local: Broadcaster, bus: Bus): Broadcaster {
  bus.hear('queue', (news) => {
    const { success, data } = queueNews.safeParse(news);
    if (success) local.toStaff(data);
  });
  return {
    ...local,
    toStaff(queue) {
      local.toStaff(queue);
      bus.tell('queue', queue);
    },
  };
}
