import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { toExcerpt } from '../boards/to-excerpt.js';
import type { Tables } from '../db/tables.js';
import type { SafeHtml } from '../http/safe-html.js';
import type { Views } from '../http/views.js';
import type { PostHtml } from '../posts/post-html.js';
import type { Language } from '../texts/texts.js';
import { type CatalogThread, findCatalogThreads } from './card-store.js';
import type { PlacedThread } from './thread-store.js';
import type { CatalogCard } from './thread.js';

/** Where threads become cards of the catalog. */
export interface CardHtml {
  /** The threads' cards, in the order given. A card is kept until its thread or its OP changes. */
  renderCards: (db: Kysely<Tables>, threads: PlacedThread[], lang: Language) => Promise<SafeHtml[]>;
}

/** A card without a picture has room for more words. */
const excerptLength = 220;
const excerptLengthAlone = 440;

/** Makes the renderer. `cacheBytes` bounds the memory for finished cards. */
export function createCardHtml(options: { views: Views; postHtml: Pick<PostHtml, 'toMediaUrl'>; cacheBytes?: number }): CardHtml {
  const { views, postHtml } = options;
  // A thread's next card takes the place of its last, which nobody asks for again: a busy thread would else leave one for each reply.
  const cache = new LRUCache<string, { madeFrom: string; card: SafeHtml }>({ maxSize: options.cacheBytes ?? 16 * 2 ** 20, sizeCalculation: ({ card }) => card.heldBytes });
  const toKey = ({ id }: PlacedThread, lang: Language) => `${id}:${lang}`;
  const toSource = ({ changeNo, opVersion }: PlacedThread) => `${changeNo}:${opVersion}`;

  return {
    async renderCards(db, threads, lang) {
      const cards = new Map<number, SafeHtml>();
      for (const thread of threads) {
        const kept = cache.get(toKey(thread, lang));
        if (kept?.madeFrom === toSource(thread)) cards.set(thread.id, kept.card);
      }
      for (const found of await findCatalogThreads(db, threads.filter(({ id }) => !cards.has(id)))) {
        const { thread } = found;
        const card = views.render(lang, 'threads/card', { card: toCard(found, postHtml), slug: thread.boardSlug });
        cache.set(toKey(thread, lang), { madeFrom: toSource(thread), card });
        cards.set(thread.id, card);
      }
      return threads.flatMap(({ id }) => cards.get(id) ?? []);
    },
  };
}

function toCard({ thread, body, upload }: CatalogThread, { toMediaUrl }: Pick<PostHtml, 'toMediaUrl'>): CatalogCard {
  return {
    thread,
    title: thread.subject,
    excerpt: toExcerpt(body, upload === undefined ? excerptLengthAlone : excerptLength),
    thumb: upload === undefined || upload.is_spoiler ? null : { url: toMediaUrl(upload.thumb_name), width: upload.thumb_width, height: upload.thumb_height },
    isSpoiler: upload?.is_spoiler ?? false,
  };
}
