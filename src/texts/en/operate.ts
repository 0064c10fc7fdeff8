/** What `npm run backup` and `restore` say to the operator. */
export const operate = {
  'operate.backupHelp': `Writes a backup of the posts and pictures, and reads it again to be sure.

  npm run backup -- <directory | new file>

In a directory it gets a name with the time in it. It works while the board runs and while it does not.
Keys, sessions, and who wrote which post are not in it.`,
  'operate.backupDone':
    'Wrote {path}: {postCount, plural, one {# post} other {# posts}} in {threadCount, plural, one {# thread} other {# threads}} and {mediaCount, plural, one {# picture file} other {# picture files}}, {megabytes, number} MB, read again and found right.',
  'operate.backupMissingFiles': '{missingCount, plural, one {# picture file was} other {# picture files were}} not there any more, though posts name them.',
  'operate.backupExists': '{path} is there already. Name another file, or a directory.',
  'operate.backupPlaceMissing': 'There is no directory {path}.',
  'operate.nothingToBackUp': 'There is nothing to back up: this board never ran.',
  'operate.restoreHelp': `Brings a backup back into an empty database, embedded or PostgreSQL, and its pictures into DATA_DIR.

  npm run restore -- [--check] <file>

--check  only reads the backup and compares it with its sums
The board must not run meanwhile. Nothing is ever overwritten: of a database that has rows it keeps off.`,
  'operate.restoreDone':
    'Brought back {postCount, plural, one {# post} other {# posts}} in {threadCount, plural, one {# thread} other {# threads}} and {mediaCount, plural, one {# picture file} other {# picture files}} of {createdAt}. Every row was read again and is what it was.',
  'operate.restoreWithoutMedia': 'The backup was made without pictures: those that posts name must be in DATA_DIR/media, where they were.',
  'operate.restoreKeys':
    'Without the keys that the board had then (DATA_DIR/keys), tripcodes come out different, second factors are set up anew (npm run admin -- reset-second-factor <name>), and bans from before find nobody.',
  'operate.checkDone':
    'The backup of {createdAt} is whole: {postCount, plural, one {# post} other {# posts}} in {threadCount, plural, one {# thread} other {# threads}} and {mediaCount, plural, one {# picture file} other {# picture files}}.',
  'operate.moveHelp': `Moves a board from the embedded database in DATA_DIR to an empty PostgreSQL, with everything: posts, who wrote them, sessions.

  npm run move-to-postgres -- <postgres://...>

Without an address DATABASE_URL is taken. The board must not run meanwhile. Pictures and keys stay where they are. Every row is read
again in the new database and compared; the old one is kept beside, without what expires.`,
  'operate.moveDone':
    'Moved {postCount, plural, one {# post} other {# posts}} in {threadCount, plural, one {# thread} other {# threads}}, {rowCount, plural, one {# row} other {# rows}} in all. Every row was read again and is what it was.',
  'operate.moveNext':
    'Start the board with DATABASE_URL set to that address from now on, and with the same DATA_DIR. The old database is in {path}: remove it when you are content, or rename it to {before} to go back to how it was.',
  'operate.moveNoTarget': 'Name the PostgreSQL to move to, or set DATABASE_URL.',
  'operate.moveNoSource': 'There is no embedded database in {path}.',
  'operate.nameOnePlace': 'Name one place.',
  'operate.backupMissing': 'The file {path} cannot be read.',
  'operate.backupDamaged': 'The backup {path} is damaged, and nothing was brought back: {what}.',
  'operate.backupTooNew': 'This backup comes from a newer version of the board (migration {migration}). Nothing was brought back: install that version first.',
  'operate.databaseTooNew':
    'The database is empty, but made by a newer version than the backup (migration {migration}). Nothing was brought back: begin with a new database, which is brought up to date afterwards.',
  'operate.databaseNotEmpty':
    'This database has rows already, and nothing was brought back. Begin with a new database (or an empty DATA_DIR), before the board has ever run on it.',
  'operate.restoreDiffers': 'The database did not give back the rows of {table} as they were, so nothing was kept. Is it of the encoding UTF8?',
} as const;
