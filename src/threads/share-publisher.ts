import { z } from 'zod';
import type { Bus } from '../realtime/between-processes.js';
import type { ThreadPublisher } from './thread-publisher.js';

const touchedThreads = z.array(z.object({ threadId: z.number().int(), changeNo: z.number().int() }));
/** What was published elsewhere: ids and numbers. What there is to show, each process reads from the database for its own readers. */
const publishedNews = z.object({
  touched: touchedThreads,
  kind: z.enum(['new', 'reply', 'state', 'gone']),
  isBumped: z.boolean().optional(),
  boardSlug: z.string().optional(),
  movedFrom: z.object({ boardSlug: z.string(), no: z.number().int() }).optional(),
});
const touchedNews = z.object({ touched: touchedThreads });

/** So many threads at once fit into a message. */
const threadsAtOnce = 80;

/** Tells other processes what this one publishes, and publishes here what they tell. */
export function sharePublisher(local: ThreadPublisher, bus: Bus): ThreadPublisher {
  bus.hear('published', (news) => {
    const { success, data } = publishedNews.safeParse(news);
    if (success) local.publish(data.touched, data.kind, data);
  });
  bus.hear('touched', (news) => {
    const { success, data } = touchedNews.safeParse(news);
    if (success) local.touch(data.touched);
  });
  return {
    ...local,
    publish(touched, kind, options = {}) {
      local.publish(touched, kind, options);
      const { isBumped, boardSlug, movedFrom } = options;
      bus.tell('published', { touched: touched.slice(0, threadsAtOnce), kind, isBumped, boardSlug, movedFrom } satisfies z.infer<typeof publishedNews>);
      for (let start = threadsAtOnce; start < touched.length; start += threadsAtOnce) {
        bus.tell('touched', { touched: touched.slice(start, start + threadsAtOnce) } satisfies z.infer<typeof touchedNews>);
      }
    },
  };
}
