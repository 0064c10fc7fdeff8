import { openScene } from '../tests/support/access-scene.js';
import { createProbing, watchStatements } from '../tests/support/probe-doors.js';
import type { Drill, DrillReport } from './drill.js';

/** Every probe in every place of every door. */
export const injection: Drill = {
  name: 'injection',
  group: 'hostile',
  what: 'what could be taken for more than a value, in every part of an address and every field (TEST_DATABASE_URL: on that PostgreSQL)',
  async run(_options, say) {
    const report: DrillReport = { figures: [], faults: [] };
    const statements = watchStatements();
    const scene = await openScene();
    try {
      const probing = createProbing(scene, 1);
      for (const way of ['probeAddresses', 'probeQueries', 'probeForms'] as const) {
        const before = probing.count();
        const doors = await probing[way]();
        say(`${way}: ${probing.count() - before} requests at ${doors} doors`);
      }
      const carriers = statements.findCarriers();
      report.figures.push(`${probing.count()} requests, ${probing.faults.length} answered with 5xx; ${statements.seen.size} different statements, ${carriers.length} of them with a probe in their text`);
      report.faults.push(...probing.faults, ...carriers.map((text) => `a probe came into a statement: ${text.slice(0, 300)}`));
    } finally {
      statements.end();
      await scene.close();
    }
    return report;
  },
};
