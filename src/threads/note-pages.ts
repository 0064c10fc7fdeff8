import type { PageCache } from '../http/page-cache.js';
import type { ThreadPublisher } from './thread-publisher.js';

/** A publisher that also tells the kept pages of this process what has changed, so that nobody has to ask for it. */
export function notePages(publisher: ThreadPublisher, pages: Pick<PageCache, 'noteThread' | 'noteBoards'>): ThreadPublisher {
  return {
    ...publisher,
    publish(touched, ...rest) {
      for (const { threadId, changeNo } of touched) pages.noteThread(threadId, changeNo);
      pages.noteBoards();
      publisher.publish(touched, ...rest);
    },
    touch(touched) {
      for (const { threadId, changeNo } of touched) pages.noteThread(threadId, changeNo);
      publisher.touch(touched);
    },
  };
}
