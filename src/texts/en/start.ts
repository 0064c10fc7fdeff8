/** What the operator reads at the start. */
export const start = {
  'start.serves': 'Quoth is ready: {url}',
  'start.firstBoards': 'It made {count, plural, one {# board} other {# boards}} to begin with. Open the address and start a thread.',
  'start.admin': 'To make the first admin, run in another terminal: npm run admin -- create <name>',
  'start.embedded':
    'The posts are in the embedded database. It survives crashes of the board, but not a loss of power: for a public board set DATABASE_URL to a PostgreSQL.',
  'start.limitsOff': '*** POSTING_LIMITS=off: everybody may post as fast as he likes. For load tests only! ***',
} as const;
