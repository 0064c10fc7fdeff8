import { connectDatabase } from '../../src/db/connect.js';
import { migrateToLatest } from '../../src/db/migrate.js';

/*
 * Migrates as a start does, in a process of its own that can be killed: <data directory> <migrations> <address of a server, or nothing>.
 * Says when it is about to begin, and what it did.
 */
const [dataDir = '', dir = '', url] = process.argv.slice(2);
const database = await connectDatabase({ databaseUrl: url === '' ? undefined : url, dataDir });
const ran = await migrateToLatest(database, { dir, prepare: async () => void process.stdout.write('begins\n') });
process.stdout.write(`ran ${ran.length}\n`);
await database.close();
