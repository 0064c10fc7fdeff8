import { escapeAttribute, escapeText } from './escape-html.js';
import { allStyles, type StyleBit } from './pair-signs.js';
import type { Leaf } from './parse-markup.js';

/** What the references of a body turned out to be: post ids by `toReferenceKey`, and the boards that exist. */
export interface LiveReferences {
  posts: ReadonlyMap<string, number>;
  boards: ReadonlySet<string>;
}

const opening: Record<StyleBit, string> = { 8: '<span class="spoiler" tabindex="0">', 4: '<strong>', 2: '<em>', 1: '<s>' };
const ending: Record<StyleBit, string> = { 8: '</span>', 4: '</strong>', 2: '</em>', 1: '</s>' };

/** Writes styled text: opens and closes what the styles ask for, always in the same order of nesting, so that overlaps come out well. */
export function createStyleWriter(): { write: (html: string, style: number) => void; end: () => string } {
  let html = '';
  let open: StyleBit[] = [];
  const turnTo = (style: number) => {
    const wanted = allStyles.filter((bit) => (style & bit) !== 0);
    const kept = wanted.findIndex((bit, at) => open[at] !== bit);
    const shared = kept < 0 ? wanted.length : kept;
    for (const bit of open.slice(shared).toReversed()) html += ending[bit];
    for (const bit of wanted.slice(shared)) html += opening[bit];
    open = wanted;
  };
  return {
    write(piece, style) {
      turnTo(style);
      html += piece;
    },
    end() {
      turnTo(0);
      return html;
    },
  };
}

/** One leaf without its style. A reference that leads nowhere is the text that was typed. */
export function writeLeaf(leaf: Leaf, live: LiveReferences, toKey: (leaf: Leaf & { kind: 'post' }) => string): string {
  const text = escapeText(leaf.text);
  if (leaf.kind === 'code') return `<code>${text}</code>`;
  if (leaf.kind === 'link') return `<a href="${escapeAttribute(leaf.href)}" rel="nofollow ugc noopener noreferrer">${text}</a>`;
  if (leaf.kind === 'board') return live.boards.has(leaf.slug) ? `<a class="ref" href="/${leaf.slug}/">${text}</a>` : text;
  const postId = leaf.kind === 'post' ? live.posts.get(toKey(leaf)) : undefined;
  return postId === undefined ? text : `<a class="ref" data-post="${postId}">${text}</a>`;
}
