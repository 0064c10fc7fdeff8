/** What `npm run seed` says to the operator. */
export const seed = {
  'seed.help': `Fills boards with threads to try the site with.

  npm run seed -- [--board <slug>] [--threads <n>] [--posts <n>] [--seed <n>]

--board    fills this board alone; without it the threads are spread over the boards that the pastimes fit
--threads  1 to 1000, 30 when left out
--posts    in all, first posts included: 1 to 100000, 600 when left out; one of the two alone gives about 20 posts a thread
--seed     the same number makes the same threads again
It works while the board runs and while it does not.`,
  'seed.unreadableThreads': '--threads is a whole number from 1 to {most, number}.',
  'seed.unreadablePosts': '--posts is a whole number from 1 to {most, number}.',
  'seed.unreadableSeed': '--seed is a whole number from 0 to {most}.',
  'seed.fewerPosts': '{threads, plural, one {# thread needs} other {# threads need}} at least as many posts: each has a first one.',
  'seed.tooMuch': 'That was more than the command takes: {rest}',
  'seed.boardNotThere': 'There is no board /{slug}/. These are there: {slugs}.',
  'seed.noBoardFits': 'None of the boards fits a pastime, so name one with --board. These are there: {slugs}.',
  'seed.noRoomForReplies':
    'So many posts do not fit into {threadCount, plural, one {# thread} other {# threads}}: a thread takes up to {replyLimit, plural, one {# reply} other {# replies}} there. Ask for more threads or fewer posts.',
  'seed.noRoomForPosts': 'The board /{slug}/ allows less than {least, number} letters a post, which is too little for a conversation.',
  'seed.progress': '{done, number} of {total, number} posts',
  'seed.done':
    'Wrote {threadCount, plural, one {# thread} other {# threads}} with {postCount, plural, one {# post} other {# posts}} and {pictureCount, plural, one {# picture} other {# pictures}} on {boards} in {seconds, plural, one {# second} other {# seconds}} ({rate, number} posts a second).',
  'seed.archived':
    '{archivedCount, plural, one {# of the threads is} other {# of the threads are}} in the archive: a board keeps only so many, and those that were there before stay.',
  'seed.again': 'To make the same threads elsewhere: --seed {seed}',
} as const;
