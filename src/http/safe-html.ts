import { keepBytes } from './keep-bytes.js';

/** What the objects take that hold a piece in a cache: key, entry, text and Buffer. */
const pieceOverhead = 500;

/** HTML that may enter a page as it stands: made by a template or by the markup, never by concatenating a visitor's text. */
export class SafeHtml {
  #bytes: Buffer | undefined;
  constructor(readonly html: string) {}
  /** As it goes over the wire (UTF-8); made when it is first asked for. */
  get bytes(): Buffer {
    this.#bytes ??= keepBytes(this.html);
    return this.#bytes;
  }
  /** Bytes of memory that it takes in a cache at most: as text, in which one letter beyond Latin makes all take two bytes, and as `bytes`. */
  get heldBytes(): number {
    const length = Buffer.byteLength(this.html);
    return (length === this.html.length ? length : 2 * this.html.length) + length + pieceOverhead;
  }
  toString(): string {
    return this.html;
  }
}

/** Vouches for a string as finished HTML. Called by the markup's renderer and the view engine alone (a test holds that). */
export const toSafeHtml = (html: string): SafeHtml => new SafeHtml(html);

/** Joins finished pieces. */
export const joinHtml = (pieces: readonly SafeHtml[]): SafeHtml => new SafeHtml(pieces.map((piece) => piece.html).join(''));
