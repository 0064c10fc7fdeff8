import { foldWords } from './fold-words.js';
import type { Block, Leaf, ParsedMarkup } from './parse-markup.js';

/** A post that a body names by number; `slug` is null when it means a post of its own board. */
export interface PostReference {
  slug: string | null;
  no: number;
}

/** Lines of a body that begin with one `>` and follow one another. */
export interface QuoteRun {
  /** Index of the block they stand in. */
  block: number;
  /** Index of the first of them in that block. */
  from: number;
  /** Their folded words without marks; an empty one is a line without words. */
  lines: string[];
}

/** What a body refers to, each post and board once, in the order of the text. */
export interface References {
  posts: PostReference[];
  boards: string[];
  runs: QuoteRun[];
}

/** Names a reference in tables of what was found. */
export const toReferenceKey = ({ slug, no }: PostReference): string => `${slug ?? ''}/${no}`;

/** Lists what a parsed body refers to, so that it can be looked up before the body is rendered. */
export function findReferences(parsed: ParsedMarkup): References {
  const posts = new Map<string, PostReference>();
  const boards = new Set<string>();
  for (const leaf of parsed.blocks.flatMap(toLeaves)) {
    if (leaf.kind === 'post') posts.set(toReferenceKey(leaf), { slug: leaf.slug, no: leaf.no });
    if (leaf.kind === 'board') boards.add(leaf.slug);
  }
  return { posts: [...posts.values()], boards: [...boards], runs: parsed.blocks.flatMap(toRuns) };
}

function toLeaves(block: Block): Leaf[] {
  if (block.kind === 'code') return [];
  return block.kind === 'paragraph' ? block.lines.flat() : block.lines.flatMap((line) => line.leaves);
}

function toRuns(block: Block, index: number): QuoteRun[] {
  if (block.kind !== 'quote') return [];
  const runs: QuoteRun[] = [];
  let open: QuoteRun | undefined;
  for (const [at, line] of block.lines.entries()) {
    if (!line.isSeeking) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = { block: index, from: at, lines: [] };
      runs.push(open);
    }
    open.lines.push(toWords(line.leaves));
  }
  return runs;
}

/** A quoted line may repeat a line that was a quote itself: its mark is none of the words. */
const toWords = (leaves: Leaf[]): string => foldWords(leaves.map((leaf) => leaf.text).join('')).replace(/^[> ]+/, '');
