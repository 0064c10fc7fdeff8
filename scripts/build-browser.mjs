import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const publicDir = join(dirname(fileURLToPath(import.meta.url)), '../public');
const outDir = join(publicDir, 'build');

/**
 * Makes what browsers load: one script and one sheet for everybody, one more of each for staff, the script of the live line, a sheet a
 * theme, the icon.
 * Names carry a hash of the content, so they can be kept for ever. manifest.json tells which is which; it is written last, and
 * only then are the files of older builds taken away.
 */
async function buildBrowser() {
  await mkdir(outDir, { recursive: true });
  const assets = [
    ['quoth.js', await bundleScript('main.js')],
    ['socket.js', await bundleScript('socket.js', 'esm')],
    ['mod.js', await bundleScript('mod.js')],
    ['quoth.css', await bundleSheets(['tokens.css', 'quoth.css'])],
    ['mod.css', await bundleSheets(['mod.css'])],
    ['icon.svg', await readFile(join(publicDir, 'icon.svg'))],
  ];
  const manifest = {};
  const kept = new Set(['manifest.json']);
  for (const [name, content] of assets) {
    const file = toHashedName(name, content);
    for (const [ending, bytes] of toForms(content)) {
      await writeWhole(`${file}${ending}`, bytes);
      kept.add(`${file}${ending}`);
    }
    manifest[name] = `/assets/${file}`;
  }
  for (const [name, css] of await buildThemes()) {
    await writeWhole(`theme-${name}.css`, css);
    kept.add(`theme-${name}.css`);
  }
  await writeWhole('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of await readdir(outDir)) {
    if (!kept.has(file) && !file.endsWith('.part')) await rm(join(outDir, file), { force: true });
  }
}

/** One file with everything that `entry` imports. It is loaded with `defer`, so it needs no module loader; `esm` is for what another imports. */
async function bundleScript(entry, format = 'iife') {
  const entryPoint = join(publicDir, 'js', entry);
  const result = await build({
    entryPoints: [entryPoint],
    bundle: true,
    minify: true,
    write: false,
    format,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return Buffer.from(result.outputFiles[0].contents);
}

async function bundleSheets(names) {
  const sheets = await Promise.all(names.map((name) => readFile(join(publicDir, 'css', name), 'utf8')));
  return Buffer.from(await minifyCss(sheets.join('\n')));
}

/** Each `[data-theme="name"]` block of themes.css as a sheet for :root, with the rules that follow the blocks in every one. */
async function buildThemes() {
  const source = await readFile(join(publicDir, 'css/themes.css'), 'utf8');
  const blocks = [...source.matchAll(/\[data-theme="([a-z]+)"\]\s*\{([^}]*)\}/g)];
  const last = blocks.at(-1);
  if (last === undefined) throw new Error('themes.css has no themes.');
  const shared = source.slice(last.index + last[0].length, source.lastIndexOf('}'));
  return Promise.all(blocks.map(async ([, name, rules]) => [name, await minifyCss(`@layer tokens{:root{${rules}}${shared}}`)]));
}

/** Takes white space out and leaves the rest as written: browsers that read our sheets need no rewriting. */
async function minifyCss(css) {
  const { code } = await transform(css, { loader: 'css', minifyWhitespace: true, charset: 'utf8', legalComments: 'none' });
  return code;
}

/** An asset as it is, and as small as it gets: what is compressed once may take its time. */
function toForms(content) {
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
  return [['', content], ['.br', brotli], ['.gz', gzipSync(content, { level: 9 })]];
}

function toHashedName(name, content) {
  const hash = createHash('sha256').update(content).digest('base64url').replaceAll(/[-_]/g, '').slice(0, 10);
  return name.replace('.', `-${hash}.`);
}

/** A reader of the folder never sees half a file. */
async function writeWhole(file, content) {
  const part = join(outDir, `${file}.${process.pid}.part`);
  await writeFile(part, content);
  await rename(part, join(outDir, file));
}

await buildBrowser();
