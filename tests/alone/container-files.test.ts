import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { builtinModules } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { settingNames } from '../../src/config.js';

const root = join(import.meta.dirname, '../..');
const readText = (path: string) => readFileSync(join(root, path), 'utf8');
const { dependencies, engines }: { dependencies: Record<string, string>; engines: { node: string } } = JSON.parse(readText('package.json'));

interface Step {
  name: string;
  words: string;
}
interface Stage {
  from: string;
  name: string;
  steps: Step[];
}

describe('the image', () => {
  const stages = readStages(readText('Dockerfile'));
  const last = stages.at(-1);
  assert.ok(last);
  const steps = (name: string) => last.steps.filter((step) => step.name === name).map((step) => step.words);
  const copies = stages.flatMap((stage) => stage.steps.filter((step) => step.name === 'COPY').map((step) => ({ stage, ...readCopy(step.words) })));

  it('is made in stages: what compiles is left behind', () => {
    assert.deepEqual(stages.map(({ name }) => name), ['build', 'libraries', '']);
    assert.deepEqual(steps('RUN').filter((words) => /npm|npx|tsc|apt/.test(words)), []);
    assert.deepEqual(copies.filter(({ stage, sources }) => stage === last && sources.some((source) => /^(?:src|tests|scripts)\b|tsconfig/.test(source))), []);
    const [libraries] = copies.filter(({ stage, to }) => stage === last && to === './node_modules');
    assert.equal(libraries?.from, 'libraries');
    const installs = stages[1]?.steps.filter((step) => step.words.startsWith('npm ci')).map((step) => step.words) ?? [];
    assert.equal(installs.length, 1);
    assert.match(installs[0] ?? '', /--omit=dev\b.*--ignore-scripts\b/);
  });

  it('has one Node in all stages, newer than the oldest that the board runs on', () => {
    const [image, ...others] = new Set(stages.map(({ from }) => from));
    assert.deepEqual(others, []);
    const major = Number(/^node:(\d+)-bookworm-slim$/.exec(image ?? '')?.[1]);
    assert.ok(major >= 22 && major >= Number(/\d+/.exec(engines.node)?.[0]), image);
  });

  it('has all that the board reads while it runs', () => {
    const there = copies.filter(({ stage }) => stage === last).flatMap(({ sources, to }) => (to === './' ? sources.map((source) => `./${source}`) : [to]));
    for (const needed of ['dist', 'views', 'migrations', 'public/build', 'node_modules', 'package.json']) assert.ok(there.includes(`./${needed}`), needed);
  });

  it('copies what is there, and nothing that is kept out of the build', () => {
    const isLeftOut = readIgnored(readText('.dockerignore'));
    const fromHere = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources);
    assert.ok(fromHere.length > 8);
    for (const source of fromHere) {
      assert.ok(existsSync(join(root, source)), source);
      assert.ok(!isLeftOut(source), `${source} is left out by .dockerignore`);
    }
    const made = new Set(['/app/node_modules', '/app/dist', '/app/public/build']);
    for (const { from, sources } of copies) if (from !== undefined) assert.ok(sources.every((source) => made.has(source)), sources.join());
  });

  it('holds no secrets, posts or history of this machine', () => {
    const isLeftOut = readIgnored(readText('.dockerignore'));
    for (const path of ['.env', '.git/HEAD', 'data/keys/trip.key', 'data/media/public/ab', 'node_modules/pg/package.json', 'public/build/manifest.json', 'tests/start.test.ts', 'quoth.log']) {
      assert.ok(isLeftOut(path), path);
    }
    assert.ok(!isLeftOut('src/main.ts'), 'the source comes along');
  });

  it('runs the board as nobody special, on a volume that is its own', () => {
    const order = last.steps.map(({ name, words }) => `${name} ${words}`);
    const user = order.indexOf('USER node');
    assert.ok(user > -1);
    assert.ok(order.findLastIndex((step) => step.startsWith('RUN ') || step.startsWith('COPY ')) < user, 'nothing is made by the board’s own user, so it cannot change its program');
    const set = steps('ENV').join(' ');
    for (const setting of ['NODE_ENV=production', 'HOST=0.0.0.0', 'PORT=3000', 'DATA_DIR=/data']) assert.ok(set.split(/\s+/).includes(setting), setting);
    assert.deepEqual(steps('VOLUME'), ['/data']);
    assert.ok(steps('RUN').some((words) => /-o node .*0700 \/data$/.test(words)));
    assert.deepEqual(steps('CMD'), ['["node", "dist/main.js"]']);
    assert.deepEqual(steps('EXPOSE'), ['3000']);
  });

  it('knows whether the board is well', async () => {
    const [check = ''] = steps('HEALTHCHECK');
    const [node, ...args]: string[] = JSON.parse(check.slice(check.indexOf('CMD ') + 4));
    assert.equal(node, 'node');
    let status = 200;
    const asked: (string | undefined)[] = [];
    const server = createServer((req, res) => {
      asked.push(req.url);
      res.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const PORT = String((server.address() as AddressInfo).port);
    const run = () => new Promise<unknown>((resolve) => execFile(process.execPath, args, { env: { PORT } }, (error) => resolve(error === null ? 0 : error.code)));
    assert.equal(await run(), 0);
    assert.deepEqual(asked, ['/healthz']);
    status = 503;
    assert.equal(await run(), 1);
    server.close();
    await once(server, 'close');
    assert.equal(await run(), 1);
  });

  it('needs no development library while it runs', () => {
    const dist = join(root, 'dist');
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
    const used = new Map<string, string>();
    for (const file of files) {
      const text = readFileSync(join(dist, file), 'utf8');
      for (const [, whole, late] of text.matchAll(/^(?:import|export)\s(?:[^;'"]*? from )?['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm)) {
        const name = whole ?? late ?? '';
        if (name.startsWith('.') || name.startsWith('node:')) continue;
        used.set(name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/'), file);
      }
    }
    assert.ok(files.length > 100 && used.size > 10, 'the build is there, and its imports were found');
    for (const [library, file] of used) assert.ok(Object.hasOwn(dependencies, library) && !builtinModules.includes(library), `${file} uses ${library}`);
  });
});

describe('the composition', () => {
  const text = readText('compose.yaml');
  const { services, volumes } = readYaml(text) as { services: Record<'board' | 'database', Service>; volumes: Record<string, unknown> };
  const { board, database } = services;

  it('is the board and a PostgreSQL, and the board waits until that is well', () => {
    assert.deepEqual(Object.keys(services), ['board', 'database']);
    assert.equal(board.build, '.');
    assert.match(database.image ?? '', /^postgres:17\b/);
    assert.deepEqual(board.depends_on, { database: { condition: 'service_healthy' } });
    const check = JSON.parse(String(database.healthcheck?.['test'])) as string[];
    assert.ok(check.includes('pg_isready') && check.includes('--host=127.0.0.1'), 'asked by the network: during the first start the socket answers too early');
  });

  it('has no secret in it, and does not start without one', () => {
    const secrets = [...text.matchAll(/^\s*(\w*PASSWORD\w*): (.*)$/gm)];
    assert.equal(secrets.length, 2);
    for (const [, name, value] of secrets) assert.match(value ?? '', /^\$\{POSTGRES_PASSWORD:\?[^}]+\}$/, name);
    assert.ok(!URL.canParse(board.environment['DATABASE_URL'] ?? '') || new URL(board.environment['DATABASE_URL'] ?? '').password === '');
    assert.match(readText('.env.example'), /^POSTGRES_PASSWORD=$/m);
  });

  it('lets the board in as a plain role that owns one database', () => {
    const { username, pathname, hostname } = new URL(board.environment['DATABASE_URL'] ?? '');
    assert.equal(hostname, 'database');
    const sql = readText('docker/make-database.sql');
    assert.match(sql, new RegExp(`^create role ${username} login password :'password';$`, 'm'));
    assert.match(sql, new RegExp(`^create database ${pathname.slice(1)} owner ${username};$`, 'm'));
    assert.doesNotMatch(sql.replace(/--.*/g, ''), /superuser|createdb|createrole|bypassrls/i);
    assert.ok(database.volumes.some((volume) => volume.startsWith('./docker/make-database.sql:/docker-entrypoint-initdb.d/')));
    assert.ok(existsSync(join(root, 'docker/make-database.sql')));
  });

  it('sets nothing that the board does not know', () => {
    const known = new Set([...settingNames, 'PGPASSWORD']);
    assert.deepEqual(Object.keys(board.environment).filter((name) => !known.has(name)), []);
    assert.ok('PUBLIC_ORIGIN' in board.environment && 'TRUSTED_PROXIES' in board.environment);
  });

  it('asks for what the example explains, and for nothing else without a default', () => {
    const asked = new Set([...text.matchAll(/\$\{(\w+)/g)].map((found) => found[1] ?? ''));
    const explained = [...readText('.env.example').matchAll(/^(\w+)=/gm)].map((found) => found[1] ?? '');
    assert.ok(explained.length >= 4);
    for (const name of explained) assert.ok(asked.has(name), name);
    for (const [, name, rest] of text.matchAll(/\$\{(\w+)([^}]*)\}/g)) assert.match(rest ?? '', /^:[-?]/, name);
  });

  it('keeps pictures, keys and posts in volumes, and shows the board to this machine alone', () => {
    const named = [board, database].flatMap((service) => service.volumes).map((volume) => volume.split(':')[0] ?? '').filter((name) => !name.startsWith('.'));
    assert.deepEqual([...named].sort(), Object.keys(volumes).sort());
    assert.ok(board.volumes.includes('board:/data'));
    assert.deepEqual(board.ports, ['${PUBLISH:-127.0.0.1:3000}:3000']);
    assert.equal(database.ports, undefined);
  });

  it('gives the board the time that it takes to end', () => {
    const patienceMs = Number(/patienceMs = ([\d_]+)/.exec(readText('src/main.ts'))?.[1]?.replaceAll('_', ''));
    assert.ok(patienceMs > 0);
    assert.ok(Number(/^(\d+)s$/.exec(board.stop_grace_period ?? '')?.[1]) * 1000 > patienceMs);
  });
});

describe('the composition of several', () => {
  const text = readText('compose.scale.yaml');
  const { services, volumes, networks } = readYaml(text) as {
    services: Record<string, Service & { networks?: { default: { ipv4_address: string } } }>;
    volumes: Record<string, unknown>;
    networks: { default: { ipam: { config: string[] } } };
  };
  const apps = ['app-1', 'app-2'].map((name) => services[name]).filter((app) => app !== undefined);
  const nginx = readText('deploy/nginx-scale.conf');

  it('is two of the board, alike but for what each has for itself, with everything that they share', () => {
    assert.deepEqual(Object.keys(services), ['nginx', 'app-1', 'app-2', 'database', 'valkey', 'store']);
    const [first, second] = apps;
    assert.ok(first && second);
    assert.deepEqual(second.environment, first.environment);
    assert.deepEqual([first.volumes, second.volumes], [['app-1:/data', 'keys:/keys'], ['app-2:/data', 'keys:/keys']]);
    assert.deepEqual(second.depends_on, { 'app-1': { condition: 'service_healthy' } }, 'one makes the keys and the tables');
    const { REDIS_URL, DATABASE_URL, S3_ENDPOINT, KEYS_DIR } = first.environment;
    for (const url of [REDIS_URL, DATABASE_URL, S3_ENDPOINT]) assert.ok(Object.hasOwn(services, new URL(url ?? '').hostname), url);
    assert.equal(KEYS_DIR, '/keys');
    assert.match(readText('Dockerfile'), /^RUN install -d -o node -g node -m 0700 \/keys$/m);
  });

  it('has no secret in it, and does not start without one', () => {
    const secrets = [...text.matchAll(/^\s*(\w*(?:PASSWORD|SECRET)\w*): (.*)$/gm)];
    assert.equal(secrets.length, 6);
    for (const [, name, value] of secrets) assert.match(value ?? '', /^\$\{(?:POSTGRES_PASSWORD|S3_SECRET_ACCESS_KEY):\?[^}]+\}$/, name);
    for (const name of ['POSTGRES_PASSWORD', 'S3_SECRET_ACCESS_KEY', 'PUBLIC_ORIGIN']) assert.match(readText('.env.scale.example'), new RegExp(`^${name}=$`, 'm'));
  });

  it('sets nothing that the board does not know, and asks for what its example explains', () => {
    const known = new Set([...settingNames, 'PGPASSWORD']);
    for (const app of apps) assert.deepEqual(Object.keys(app.environment).filter((name) => !known.has(name)), []);
    const asked = new Set([...text.matchAll(/\$\{(\w+)/g)].map((found) => found[1] ?? ''));
    for (const [, name = ''] of readText('.env.scale.example').matchAll(/^(\w+)=/gm)) assert.ok(asked.has(name), name);
    for (const [, name, rest] of text.matchAll(/\$\{(\w+)([^}]*)\}/g)) assert.match(rest ?? '', /^:[-?]/, name);
  });

  it('is reached through nginx alone, which alone is believed about who asks', () => {
    const { nginx: front, ...others } = services;
    assert.deepEqual(front?.ports, ['${PUBLISH:-127.0.0.1:3000}:8080']);
    assert.match(nginx, /^\s*listen 8080;$/m);
    for (const [name, service] of Object.entries(others)) assert.equal(service.ports, undefined, name);
    for (const app of apps) assert.equal(app.environment['TRUSTED_PROXIES'], front?.networks?.default.ipv4_address);
    const [subnet = ''] = networks.default.ipam.config;
    const network = /^subnet: (\d+\.\d+\.\d+\.)0\/24$/.exec(subnet)?.[1] ?? '';
    assert.ok(network !== '' && front?.networks?.default.ipv4_address.startsWith(network));
    assert.match(nginx, new RegExp(`^\\s*set_real_ip_from ${network.replaceAll('.', '\\.')}1;$`, 'm'));
    for (const name of ['app-1', 'app-2']) assert.match(nginx, new RegExp(`^\\s*server ${name}:3000 `, 'm'));
  });

  it('keeps what must last in volumes, and mounts what is there', () => {
    const mounts = Object.values(services).flatMap((service) => service.volumes ?? []);
    const named = new Set(mounts.map((volume) => volume.split(':')[0] ?? '').filter((name) => !name.startsWith('.')));
    assert.deepEqual([...named].sort(), Object.keys(volumes).sort());
    for (const mount of mounts.filter((volume) => volume.startsWith('./'))) assert.ok(existsSync(join(root, mount.split(':')[0] ?? '')), mount);
    const patienceMs = Number(/patienceMs = ([\d_]+)/.exec(readText('src/main.ts'))?.[1]?.replaceAll('_', ''));
    for (const app of apps) assert.ok(Number(/^(\d+)s$/.exec(app.stop_grace_period ?? '')?.[1]) * 1000 > patienceMs);
  });
});

interface Service {
  image?: string;
  build?: string;
  depends_on?: unknown;
  environment: Record<string, string>;
  volumes: string[];
  ports?: string[];
  stop_grace_period?: string;
  healthcheck?: Record<string, string>;
}

function readStages(text: string): Stage[] {
  const stages: Stage[] = [];
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#')).join('\n').replace(/\\\n/g, ' ').split('\n');
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const [, name = '', words = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? assert.fail(`No instruction: ${line}`);
    const [from = '', as, stage = ''] = words.split(' ');
    if (name === 'FROM') stages.push({ from, name: as === 'AS' ? stage : '', steps: [] });
    else stages.at(-1)?.steps.push({ name, words: words.trim() });
  }
  return stages;
}

function readCopy(words: string): { from: string | undefined; sources: string[]; to: string } {
  const parts = words.split(/\s+/);
  const from = parts[0]?.startsWith('--from=') ? parts.shift()?.slice('--from='.length) : undefined;
  const to = parts.pop() ?? '';
  return { from, sources: parts, to };
}

/** What .dockerignore says of a path: the last line that fits it, or a folder above it, decides. */
function readIgnored(text: string): (path: string) => boolean {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const above = path.split('/').map((_part, index, parts) => parts.slice(0, index + 1).join('/'));
    const fits = (pattern: string) => above.some((place) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(place));
    return lines.reduce((isOut, line) => (fits(line.replace(/^!/, '')) ? !line.startsWith('!') : isOut), false);
  };
}

type Yaml = string | null | Yaml[] | { [key: string]: Yaml };

/** As much of YAML as compose.yaml uses: maps, lists of plain words, and words; anything else is refused. */
function readYaml(text: string): unknown {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).map((line) => ({ indent: line.search(/\S/), words: line.trim() }));
  const readBlock = (indent: number): Yaml => {
    const list: Yaml[] = [];
    const map: { [key: string]: Yaml } = {};
    for (let line = lines[0]; line !== undefined && line.indent === indent; line = lines[0]) {
      lines.shift();
      if (line.words.startsWith('- ')) {
        list.push(line.words.slice(2));
        continue;
      }
      const [, key = '', value = ''] = /^([\w-]+):(?: +(.+))?$/.exec(line.words) ?? assert.fail(`Not understood: ${line.words}`);
      assert.ok(!Object.hasOwn(map, key), `${key} stands there twice`);
      const next = lines[0];
      map[key] = value !== '' ? value : next !== undefined && next.indent > indent ? readBlock(next.indent) : null;
    }
    assert.ok(list.length === 0 || Object.keys(map).length === 0, 'a list and a map at one place');
    return list.length > 0 ? list : map;
  };
  const read = readBlock(0);
  assert.deepEqual(lines, [], 'all lines were read');
  return read;
}
