import type { SignToken, Token } from './scan-line.js';

/** What words can be; a set of them is a sum. */
export const styles = { strike: 1, italic: 2, bold: 4, spoiler: 8 } as const;
export type StyleBit = (typeof styles)[keyof typeof styles];

/** Which signs turned out to stand around words: what each one turns on or off. A sign that is not here is plain text. */
export type PairedSigns = Map<SignToken, number>;

const bitsOfSign = { '||': styles.spoiler, '**': styles.bold, '*': styles.italic, '***': styles.bold + styles.italic, '~~': styles.strike } as const;

/** What a sign is when only some of its styles found a partner. */
export const textOfStyle: Record<StyleBit, string> = { 8: '||', 4: '**', 2: '*', 1: '~~' };
export const allStyles: readonly StyleBit[] = [styles.spoiler, styles.bold, styles.italic, styles.strike];

/** The styles that a sign stands for. */
export const toBits = (sign: SignToken): number => bitsOfSign[sign.text];

/**
 * Pairs bold, italic and strike within one scope (a paragraph, a quoted line): each closing sign with the nearest opening one.
 * Every style is paired by itself, so they may overlap; the writer nests them.
 */
export function pairEmphasis(tokens: Iterable<Token>, paired: PairedSigns): void {
  const open = new Map<StyleBit, SignToken>();
  for (const token of tokens) {
    if (token.kind !== 'sign') continue;
    for (const style of allStyles) {
      if (style === styles.spoiler || (toBits(token) & style) === 0) continue;
      const opener = open.get(style);
      if (opener !== undefined && token.canClose) {
        turn(paired, opener, style);
        turn(paired, token, style);
        open.delete(style);
      } else if (token.canOpen) open.set(style, token);
    }
  }
}

/**
 * Pairs spoilers over the whole body, because what somebody hides may have paragraphs. A sign between spaces pairs on its own
 * line alone: elsewhere two of them are likely an "or" each.
 */
export function pairSpoilers(lines: Iterable<readonly Token[]>, paired: PairedSigns): void {
  let opener: SignToken | undefined;
  let isSameLine = false;
  for (const tokens of lines) {
    isSameLine = false;
    if (opener?.isLoose === true) opener = undefined;
    for (const token of tokens) {
      if (token.kind !== 'sign' || token.text !== '||') continue;
      if (opener === undefined) {
        opener = token;
        isSameLine = true;
      } else if (isSameLine || !token.isLoose) {
        turn(paired, opener, styles.spoiler);
        turn(paired, token, styles.spoiler);
        opener = undefined;
      }
    }
  }
}

function turn(paired: PairedSigns, sign: SignToken, style: StyleBit): void {
  paired.set(sign, (paired.get(sign) ?? 0) + style);
}
