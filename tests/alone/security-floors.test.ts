import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(import.meta.dirname, '../..', name), 'utf8')) as T;
const { floors, withoutFloor, development } = read<{ floors: Record<string, { floor: string; because: string }>; withoutFloor: string[]; development: string[] }>('security-floors.json');
const { dependencies, devDependencies } = read<{ dependencies: Record<string, string>; devDependencies: Record<string, string> }>('package.json');
const locked = Object.entries(read<{ packages: Record<string, LockedPackage> }>('package-lock.json').packages).filter(([path]) => path !== '');
/** Every copy of what a running board loads. */
const running = locked.filter(([, { dev }]) => dev !== true).map(([path, found]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), ...found }));

/** Whether a version is not below another; parts that are missing count as 0, what stands behind a hyphen comes before the version itself. */
function isAtLeast(version: string, floor: string): boolean {
  const toParts = (text: string) => (text.split('-')[0] ?? '').split('.').map(Number);
  const [own, least] = [toParts(version), toParts(floor)];
  for (let at = 0; at < 3; at += 1) if ((own[at] ?? 0) !== (least[at] ?? 0)) return (own[at] ?? 0) > (least[at] ?? 0);
  return !version.includes('-');
}

const findBelow = (packages: readonly { name: string; version?: string }[]) =>
  packages.filter(({ name, version = '0' }) => floors[name] !== undefined && !isAtLeast(version, floors[name].floor)).map(({ name, version }) => `${name} ${version}: ${floors[name]?.because}`);

test('no library that a board runs with is older than what was found wrong with it', () => {
  assert.deepEqual(findBelow(running), []);
  for (const name of Object.keys(floors)) assert.ok(running.some((found) => found.name === name), `${name} has a floor and is not there`);
});

test('a library below its floor is found, be it a number or a whole version older', () => {
  const old = [{ name: 'multer', version: '2.2.9' }, { name: 'ws', version: '7.99.0' }, { name: 'kysely', version: '0.28.16' }, { name: 'sharp', version: '0.35.4-rc.1' }, { name: 'qs' }];
  assert.equal(findBelow(old).length, old.length);
  assert.deepEqual(findBelow([{ name: 'multer', version: '2.3.0' }, { name: 'ws', version: '10.0.0' }, { name: 'unknown', version: '0.0.1' }]), []);
});

test('every library that the board asks for was looked at, and nothing else is listed', () => {
  const transitive = Object.keys(floors).filter((name) => !Object.hasOwn(dependencies, name));
  assert.deepEqual([...Object.keys(floors), ...withoutFloor].filter((name) => !transitive.includes(name)).sort(), Object.keys(dependencies).sort());
  assert.deepEqual([...development].sort(), Object.keys(devDependencies).sort());
});

test('versions are exact, and what is installed is known by its hash', () => {
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  assert.ok(locked.length > 200);
  for (const [path, { integrity, resolved }] of locked) {
    assert.match(integrity ?? '', /^sha512-/, path);
    // Without an address it comes from the registry; none comes from elsewhere.
    assert.match(resolved ?? 'https://registry.npmjs.org/', /^https:\/\/registry\.npmjs\.org\//, path);
  }
});

test('nothing that a board runs with needs a script at its installation', () => {
  assert.deepEqual(running.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name), []);
});
