/**
 * What was measured once beside others that no run of this bench starts (2 vCPU, everything on one machine; vichan of May 2025 behind
 * nginx with gzip). Shares of a baseline that the bench measures too, so that the machine cancels out as far as it can.
 */
export const recorded = {
  /** vichan's reads a second by those of one nginx worker with ready-made gzip, or of plain files. */
  vichanOfNginx: { posts100: 1_384 / 145_714, posts500: 286 / 70_870, plain100: 60_689 / 60_396 },
  /** vichan's replies a second by those of Kysely's one statement, with as many clients. */
  vichanOfKysely: { one: 35.2 / 1_699, eight: 53.1 / 4_702 },
  /** Kysely's one statement by pgbench with the same statement, 8 clients. */
  kyselyOfPgbench: 4_702 / 12_608,
  /** vichan's pages on the slow phone of the goal `page`. Milliseconds. */
  vichanPage: { posts: 300, fcp: 884, lcp: 980, cls: 0, tbt: 51 },
};
