import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import recheck from 'recheck/lib/browser.js';
import { findExpressions } from '../support/regular-expressions.js';

const root = join(import.meta.dirname, '../..');

/** By counts of steps and not by the clock, so that every machine says the same; small, as it is done for each expression. */
const effort = {
  timeout: null,
  attackTimeout: null,
  incubationTimeout: null,
  incubationLimit: 10_000,
  maxInitialGenerationSize: 100,
  maxGenerationSize: 30,
  maxIteration: 5,
  mutationSize: 20,
  crossoverSize: 10,
};

/** What a text of growing length costs: 'safe' when its time grows with the length alone; 'unknown' is not safe. */
function check(source: string, flags: string): string {
  const found = recheck.checkSync(source, flags, effort);
  if (found.status === 'unknown') return `unknown: ${found.error.kind}`;
  return found.status === 'safe' ? 'safe' : `${found.complexity.summary}, as by ${found.attack.pattern}`;
}

test('no regular expression of the board takes time by more than the length of a text', () => {
  const server = findExpressions(root, 'tsconfig.build.json');
  const browser = findExpressions(root, 'public/js/tsconfig.json');
  assert.ok(server.length > 100 && server.every(({ file }) => file.startsWith('src/')), `${server.length} on the server`);
  assert.ok(browser.length > 10 && browser.every(({ file }) => file.startsWith('public/js/')), `${browser.length} in the browser`);
  const all = new Map([...server, ...browser].map((each) => [`/${each.source}/${each.flags}`, each]));
  const wrong = [...all.values()].flatMap(({ file, written, source, flags }) => {
    const verdict = source === undefined ? 'put together where nobody can read it' : check(source, flags);
    return verdict === 'safe' ? [] : [`${file}: ${written}: ${verdict}`];
  });
  assert.deepEqual(wrong, []);
});

test('expressions that go back over a text are told, whichever way they are looked at', () => {
  const slow = [/^(a|a)*$/, /\s+$/, /(?:ab|a?b)+$/, /<(\/?)([a-z]+)([^>]*)>|[^<]+/g, /!+(?=\s*[0-9a-z]{10})/gi, /^(?=.*\d)(\w+\s?)+$/];
  for (const { source, flags } of slow) assert.match(check(source, flags), /polynomial|exponential/, source);
  for (const { source, flags } of [/^a+b*$/, /<([a-z]+)>/g, /(?<!!)!+(?=\s*[0-9a-z]{10})/gi]) assert.equal(check(source, flags), 'safe');
});

test('expressions are found where they are, and nowhere else', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quoth-expressions-'));
  try {
    const code = [
      'const most = 3;',
      'export const found = (text: string, given: string) => [text.split(/,\\s*/u), `${text.replace(/[/]/g, `/no/`)}`, new RegExp(`<${given}>{${most}}`, "i"), RegExp("a|b"), new RegExp(given)];',
      'export const half = (all: number, g: number) => all /2/ g; // and /none/ here, nor in "/this/"',
      'export const none = "/none/";',
    ];
    await writeFile(join(dir, 'code.ts'), code.join('\n'));
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: { lib: ['ES2023'], types: [] }, files: ['code.ts'] }));
    const found = findExpressions(dir, 'tsconfig.json');
    assert.deepEqual(found.map(({ file, source, flags }) => [file, source, flags]), [
      ['code.ts', ',\\s*', 'u'],
      ['code.ts', '[/]', 'g'],
      ['code.ts', '<x>{3}', 'i'],
      ['code.ts', 'a|b', ''],
      ['code.ts', undefined, ''],
    ]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
