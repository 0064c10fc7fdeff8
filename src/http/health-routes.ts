import type { Express } from 'express';
import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.js';

/**
 * GET `/healthz`: the process answers. GET `/readyz`: it also takes requests and reaches its database. For whoever watches the
 * board from its own machine, under any Host; they say nothing else.
 */
export function addHealthRoutes(app: Express, options: { db: Kysely<Tables>; isReady: () => boolean }): void {
  const { db, isReady } = options;
  app.use(['/healthz', '/readyz'], (_req, res, next) => {
    res.set('Cache-Control', 'no-store').type('text');
    next();
  });
  app.get('/healthz', (_req, res) => {
    res.send('ok\n');
  });
  app.get('/readyz', async (_req, res) => {
    const canAsk = isReady() && (await hasDatabase(db));
    res.status(canAsk ? 200 : 503).send(canAsk ? 'ready\n' : 'not ready\n');
  });
}

async function hasDatabase(db: Kysely<Tables>): Promise<boolean> {
  try {
    await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
    return true;
  } catch {
    return false;
  }
}
