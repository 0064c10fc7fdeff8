import { isCleanHtml } from './check-html.js';
import { escapeText } from './escape-html.js';
import { toReferenceKey } from './find-references.js';
import type { QuoteMatch } from './match-quotes.js';
import { styles } from './pair-signs.js';
import type { Block, Leaf, ParsedMarkup, QuotedLine } from './parse-markup.js';
import { foldQuotableWords } from './quotable-text.js';
import { createStyleWriter, type LiveReferences, writeLeaf } from './write-html.js';

/** Rises whenever the same body would come out as other HTML. */
export const markupVersion = 1;

/** What was found for a body's references and quotes. */
export interface ResolvedReferences extends LiveReferences {
  matches: readonly QuoteMatch[];
}

/** A row of `quotes` before its post has an id. A text quote has its range in the source's quotable text. */
export interface WrittenQuote {
  position: number;
  quotedPostId: number;
  kind: 'number' | 'text';
  rangeStart: number | null;
  rangeEnd: number | null;
}

/** What is stored of a body besides the text. */
export interface RenderedMarkup {
  /** With references by post id; `fillReferences` puts in what they say when the post is shown. */
  html: string;
  ownWords: string;
  quotedWords: string;
  quotes: WrittenQuote[];
  /** Whether sanitize-html found something to take away, and the body was rendered as plain text instead: a bug, to be logged. */
  sanitizerChanged: boolean;
}

/** Renders a parsed body. What it writes is checked once more by sanitize-html, which never has anything to do. */
export function renderMarkup(parsed: ParsedMarkup, resolved: ResolvedReferences): RenderedMarkup {
  const html = parsed.blocks.map((block, at) => writeBlock(block, resolved, resolved.matches.filter((match) => match.block === at))).join('\n');
  return keepClean(html, parsed, toQuotes(parsed, resolved));
}

/** Lets clean HTML through, and gives the body as plain text in the place of any other. */
export function keepClean(html: string, parsed: ParsedMarkup, quotes: WrittenQuote[]): RenderedMarkup {
  const isClean = isCleanHtml(html);
  const kept = isClean ? html : `<p>${parsed.text.split('\n').map(escapeText).join('<br>\n')}</p>`;
  const { own, quoted } = foldQuotableWords(kept);
  return { html: kept, ownWords: own, quotedWords: quoted, quotes: isClean ? quotes : [], sanitizerChanged: !isClean };
}

/** Line ends are written out after `<br>` and between blocks: the words of two lines are two words in the browser too. */
function writeBlock(block: Block, live: LiveReferences, matches: QuoteMatch[]): string {
  if (block.kind === 'paragraph') return `<p>${writeLines(block.lines, live, '')}</p>`;
  if (block.kind === 'quote') return writeQuotes(block.lines, live, matches);
  const writer = createStyleWriter();
  writer.write(escapeText(block.text), block.isSpoiler ? styles.spoiler : 0);
  return `<pre><code>${writer.end()}</code></pre>`;
}

function writeLines(lines: Leaf[][], live: LiveReferences, mark: string): string {
  const writer = createStyleWriter();
  for (const [at, leaves] of lines.entries()) {
    // A line end inside a styled passage is part of it, so that the passage stays one piece over its lines.
    const styleAround = (lines[at - 1]?.at(-1)?.style ?? 0) & (leaves[0]?.style ?? 0);
    if (at > 0) writer.write('<br>\n', mark === '' ? styleAround : 0);
    if (mark !== '') writer.write(mark, 0);
    for (const leaf of leaves) writer.write(writeLeaf(leaf, live, toReferenceKey), leaf.style);
  }
  return writer.end();
}

/** One block per source; lines without one stand together in plain blocks between them. */
function writeQuotes(lines: QuotedLine[], live: LiveReferences, matches: QuoteMatch[]): string {
  const pieces: string[] = [];
  let from = 0;
  const write = (to: number, match?: QuoteMatch) => {
    if (to > from) pieces.push(writeQuote(lines.slice(from, to).map((line) => line.leaves), live, match));
    from = to;
  };
  for (const match of matches) {
    write(match.from);
    write(match.to, match);
  }
  write(lines.length);
  return pieces.join('\n');
}

function writeQuote(lines: Leaf[][], live: LiveReferences, match: QuoteMatch | undefined): string {
  const words = writeLines(lines, live, '&gt;');
  if (match === undefined) return `<blockquote class="quote"><p>${words}</p></blockquote>`;
  const { postId, start, end } = match;
  return `<blockquote class="quote quote--src" data-post="${postId}" data-range="${start}-${end}"><p>${words} <a class="src" data-post="${postId}"></a></p></blockquote>`;
}

/** A row for each post that is named, then one for each quote that found its source. */
function toQuotes(parsed: ParsedMarkup, { posts, matches }: ResolvedReferences): WrittenQuote[] {
  const named = new Set<number>();
  for (const block of parsed.blocks) {
    const lines = block.kind === 'code' ? [] : block.kind === 'quote' ? block.lines.map((line) => line.leaves) : block.lines;
    for (const leaf of lines.flat()) {
      const postId = leaf.kind === 'post' ? posts.get(toReferenceKey(leaf)) : undefined;
      if (postId !== undefined) named.add(postId);
    }
  }
  const byNumber = [...named].map((quotedPostId) => ({ quotedPostId, kind: 'number' as const, rangeStart: null, rangeEnd: null }));
  const byText = matches.map(({ postId, start, end }) => ({ quotedPostId: postId, kind: 'text' as const, rangeStart: start, rangeEnd: end }));
  return [...byNumber, ...byText].map((quote, position) => ({ position, ...quote }));
}
