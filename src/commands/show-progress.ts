import { Presets, SingleBar } from 'cli-progress';

/** Shows how far something is. */
export interface Progress {
  update: (done: number) => void;
  /** Leaves the last state standing. */
  stop: () => void;
}

/** Without a terminal a line is written each time so much more is done. */
const step = 0.1;

/**
 * Shows progress towards `total` on standard error: a bar in a terminal, elsewhere a line every 10 percent. `toLine` puts the state
 * into words.
 */
export function showProgress(total: number, toLine: (done: number) => string, out: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr): Progress {
  if (out.isTTY === true) {
    const bar = new SingleBar({ stream: out, format: '{bar} {percentage} %  {line}', hideCursor: true, etaBuffer: 50 }, Presets.shades_classic);
    bar.start(total, 0, { line: toLine(0) });
    return { update: (done) => bar.update(done, { line: toLine(done) }), stop: () => bar.stop() };
  }
  let said = 0;
  return {
    update(done) {
      const reached = Math.floor(done / total / step + 1e-9);
      if (reached <= said) return;
      said = reached;
      out.write(`${toLine(done)}\n`);
    },
    stop: () => undefined,
  };
}
