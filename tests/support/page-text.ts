import assert from 'node:assert/strict';

/** What tests read of a page. */

/** Every part stands in the page. A failure names those that do not, not the page. */
export function assertShows(html: string, ...parts: string[]): void {
  assert.deepEqual(parts.filter((part) => !html.includes(part)), [], 'missing from the page');
}

/** No part stands in the page. */
export function assertHides(html: string, ...parts: string[]): void {
  assert.deepEqual(parts.filter((part) => html.includes(part)), [], 'on the page, but must not be');
}

/** The numbers of the threads that a page lists, in order. */
export const threadsOn = (html: string) => [...html.matchAll(/data-thread="(\d+)"/g)].map((found) => Number(found[1]));

/** The numbers of the posts that a page shows, in order. */
export const postsOn = (html: string) => [...html.matchAll(/<article class="?post[^>]* id=p(\d+)/g)].map((found) => Number(found[1]));

/** A page's words in one line. */
export const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
