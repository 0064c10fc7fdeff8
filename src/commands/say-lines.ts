/** Prints what was done. Answers with the exit code of a success. */
export function say(lines: readonly string[]): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** Prints what was wrong. Answers with the exit code of a failure. */
export function complain(lines: readonly string[]): number {
  process.stderr.write(`${lines.join('\n')}\n`);
  return 1;
}
