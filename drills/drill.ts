/** What a drill found: figures to be read, and whatever was not as it must be. */
export interface DrillReport {
  /** Figures, a sentence or a name and numbers each. */
  figures: string[];
  /** What was wrong, a sentence each. A drill with any of them has failed. */
  faults: string[];
}

/** What was written behind the names on the command line, such as `--corpus DIR` or `--rounds 3`. */
export type DrillOptions = Readonly<Record<string, string>>;

/** Something tried in its long form. One file in drills/ each; run.ts lists them. */
export interface Drill {
  name: string;
  /** A name under which several are run. */
  group: 'faults' | 'hostile' | 'network';
  /** What is tried, in a line. */
  what: string;
  /** The options it knows, with what they mean. */
  options?: Readonly<Record<string, string>>;
  run: (options: DrillOptions, say: (line: string) => void) => Promise<DrillReport>;
}
