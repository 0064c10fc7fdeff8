import { allStyles, type PairedSigns, pairEmphasis, pairSpoilers, styles, textOfStyle, toBits } from './pair-signs.js';
import { isReferenceAt, scanLine, type Token } from './scan-line.js';

/** The smallest pieces of a parsed body: a text in a style (a sum of `styles`), and what it leads to. */
export type Leaf = { text: string; style: number } & (
  | { kind: 'text' | 'code' }
  | { kind: 'link'; href: string }
  | { kind: 'post'; slug: string | null; no: number }
  | { kind: 'board'; slug: string }
);

/** A line that begins with `>`; the mark stands apart from its words. */
export interface QuotedLine {
  leaves: Leaf[];
  /** Begins with one mark alone, and so looks for the post that it came from. */
  isSeeking: boolean;
}

/** A body as blocks. Nothing is nested, so nothing that reads it recurses. */
export type Block =
  | { kind: 'paragraph'; lines: Leaf[][] }
  | { kind: 'quote'; lines: QuotedLine[] }
  | { kind: 'code'; text: string; isSpoiler: boolean };

export interface ParsedMarkup {
  /** The body as it was typed. */
  text: string;
  blocks: Block[];
}

/** At most so many links and references of a post are live; the rest is plain text. */
export const liveLimit = 30;

/** Parses a normalised body. Pure and linear in its length; any text parses. */
export function parseMarkup(text: string): ParsedMarkup {
  const drafts = toDrafts(text.split('\n'));
  const paired: PairedSigns = new Map();
  pairSpoilers(drafts.flatMap((draft) => (draft.kind === 'code' ? [] : draft.lines)), paired);
  for (const draft of drafts) {
    if (draft.kind === 'paragraph') pairEmphasis(draft.lines.flat(), paired);
    if (draft.kind === 'quote') for (const line of draft.lines) pairEmphasis(line, paired);
  }
  const toLeaves = createLeafReader(paired);
  return { text, blocks: drafts.map((draft) => toBlock(draft, toLeaves)) };
}

/** A block whose signs are not paired yet. */
type Draft = { kind: 'paragraph'; lines: Token[][] } | { kind: 'quote'; lines: Token[][]; isSeeking: boolean[] } | { kind: 'code'; text: string };

const fence = /^```(?:[a-z0-9+#-]{0,20})$/i;

function toDrafts(lines: string[]): Draft[] {
  const drafts: Draft[] = [];
  const fenceEnds = findFenceEnds(lines);
  let isOpen = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const codeEnd = fence.test(line) ? fenceEnds[at + 1] : undefined;
    const last = isOpen ? drafts.at(-1) : undefined;
    isOpen = line !== '' && codeEnd === undefined;
    if (codeEnd !== undefined) {
      drafts.push({ kind: 'code', text: lines.slice(at + 1, codeEnd).join('\n') });
      at = codeEnd;
    } else if (line.startsWith('>') && !isReferenceAt(line, 0)) {
      const isSeeking = line[1] !== '>' || isReferenceAt(line, 1);
      if (last?.kind !== 'quote') drafts.push({ kind: 'quote', lines: [scanLine(line, 1)], isSeeking: [isSeeking] });
      else {
        last.lines.push(scanLine(line, 1));
        last.isSeeking.push(isSeeking);
      }
    } else if (line !== '') {
      if (last?.kind === 'paragraph') last.lines.push(scanLine(line));
      else drafts.push({ kind: 'paragraph', lines: [scanLine(line)] });
    }
  }
  return drafts;
}

/** For every line the next one, itself included, that can end a block of code. */
function findFenceEnds(lines: string[]): (number | undefined)[] {
  const ends: (number | undefined)[] = [];
  let next: number | undefined;
  for (let at = lines.length - 1; at >= 0; at--) {
    if (lines[at] === '```') next = at;
    ends[at] = next;
  }
  return ends;
}

function toBlock(draft: Draft, toLeaves: LeafReader): Block {
  if (draft.kind === 'code') return { kind: 'code', text: draft.text, isSpoiler: toLeaves.isHidden() };
  if (draft.kind === 'paragraph') return { kind: 'paragraph', lines: draft.lines.map(toLeaves.read) };
  return { kind: 'quote', lines: draft.lines.map((line, at) => ({ leaves: toLeaves.read(line), isSeeking: draft.isSeeking[at] === true })) };
}

interface LeafReader {
  /** Reads the next line of the body. */
  read: (tokens: Token[]) => Leaf[];
  /** Whether a spoiler is open where the reader stands. */
  isHidden: () => boolean;
}

function createLeafReader(paired: PairedSigns): LeafReader {
  let style = 0;
  let liveCount = 0;
  return {
    isHidden: () => (style & styles.spoiler) !== 0,
    read(tokens) {
      const leaves: Leaf[] = [];
      for (const token of tokens) {
        if (token.kind === 'sign') {
          const turned = paired.get(token) ?? 0;
          const left = allStyles.filter((bit) => (toBits(token) & bit) !== 0 && (turned & bit) === 0);
          if (left.length > 0) addText(leaves, left.map((bit) => textOfStyle[bit]).join(''), style);
          style ^= turned;
        } else if (token.kind === 'text') addText(leaves, token.text, style);
        else if (token.kind === 'code') leaves.push({ ...token, style });
        else if (++liveCount > liveLimit) addText(leaves, token.kind === 'link' ? token.typed : token.text, style);
        else if (token.kind === 'link') leaves.push({ kind: 'link', text: token.text, href: token.href, style });
        else leaves.push({ ...token, style });
      }
      return leaves;
    },
  };
}

function addText(leaves: Leaf[], text: string, style: number): void {
  const last = leaves.at(-1);
  if (last?.kind === 'text' && last.style === style) last.text += text;
  else leaves.push({ kind: 'text', text, style });
}
