import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openScene, type Scene } from './support/access-scene.js';
import { createProbing, marker, type Probing, watchStatements } from './support/probe-doors.js';

/** Of the probes for one place each twelfth is sent here, and all of them by `npm run fuzz -- injection`. */
const nth = 12;

describe('whatever stands in the place of a value is a value, and no answer is a fault of ours', () => {
  let scene: Scene;
  let probing: Probing;
  const statements = watchStatements();
  before(async () => {
    scene = await openScene();
    probing = createProbing(scene, nth);
  });
  after(async () => {
    statements.end();
    await scene.close();
  });

  const ways = { 'in every part of an address': 'probeAddresses', 'behind the question mark': 'probeQueries', 'in every field of a form': 'probeForms' } as const;
  for (const [name, way] of Object.entries(ways)) {
    it(name, async () => {
      const doors = await probing[way]();
      assert.ok(doors >= 20, `${doors} doors`);
      assert.deepEqual(probing.faults, []);
      assert.deepEqual(statements.findCarriers(), []);
    });
  }

  it('as can be told: everything is still there, statements were seen, and one that takes a value for more is told by it', async () => {
    assert.ok(probing.count() > 400, `${probing.count()} tries`);
    assert.ok(statements.seen.size > 80, `${statements.seen.size} statements`);
    assert.ok((await scene.db.selectFrom('posts').select('id').execute()).length > 10);
    await sql.raw(`select '${marker}' as leaked`).execute(scene.db);
    assert.equal(statements.findCarriers().length, 1);
  });
});
