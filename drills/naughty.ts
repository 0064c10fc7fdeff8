import { hostileStrings } from '../tests/support/hostile-strings.js';
import { findRoundTripFault } from '../tests/support/round-trip.js';
import { openTestBoard } from '../tests/support/test-board.js';
import type { Drill, DrillReport } from './drill.js';
import { readTexts } from './markup.js';

/** What programs stumble over, as name, subject and body of a thread each. */
export const naughty: Drill = {
  name: 'naughty',
  group: 'hostile',
  what: 'texts that programs stumble over, through the front door: shown as they were typed, or refused (TEST_DATABASE_URL: on that PostgreSQL)',
  options: { corpus: 'a folder of texts, as for markup' },
  async run(options, say) {
    const report: DrillReport = { figures: [], faults: [] };
    const { texts } = options['corpus'] === undefined ? { texts: [] } : await readTexts(options['corpus']);
    const all = [...new Set([...hostileStrings, ...texts])];
    const board = await openTestBoard({ settings: { LOG_LEVEL: 'error' } });
    try {
      await board.makeBoard('attic');
      for (const [index, text] of all.entries()) {
        const fault = await findRoundTripFault(board, 'attic', text);
        if (fault !== undefined) report.faults.push(`${JSON.stringify(text.slice(0, 200))} ${fault}`);
        if (index % 1000 === 999) say(`${index + 1} of ${all.length}`);
      }
      const errors = board.log.filter((line) => line.includes('"level":50'));
      report.figures.push(`${all.length} texts as name, subject and body: ${report.faults.length} were shown otherwise than typed or wrongly refused; ${errors.length} errors in the log`);
      report.faults.push(...errors);
    } finally {
      await board.close();
    }
    return report;
  },
};
