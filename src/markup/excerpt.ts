import { styles } from './pair-signs.js';
import { type Block, type Leaf, parseMarkup } from './parse-markup.js';

/** Stands for hidden words, however many they are. */
const hidden = '█████';

/**
 * A body's words without signs of markup, for places that show a piece of a post as text. Lines stay lines, quotes keep their
 * `>`, and what a spoiler hides stays hidden.
 */
export function toPlainText(body: string): string {
  return parseMarkup(body).blocks.map(toText).join('\n');
}

function toText(block: Block): string {
  if (block.kind === 'code') return block.isSpoiler ? hidden : block.text;
  if (block.kind === 'paragraph') return block.lines.map(toLine).join('\n');
  return block.lines.map((line) => `>${toLine(line.leaves)}`).join('\n');
}

function toLine(leaves: Leaf[]): string {
  let line = '';
  let isHidden = false;
  for (const leaf of leaves) {
    const wasHidden = isHidden;
    isHidden = (leaf.style & styles.spoiler) !== 0;
    if (!isHidden) line += leaf.text;
    else if (!wasHidden) line += hidden;
  }
  return line;
}
