import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parse } from 'parse5';
import { createViews } from '../../src/http/views.js';
import { en } from '../../src/texts/en.js';
import { makePost, samplePages } from '../support/view-samples.js';

const root = join(import.meta.dirname, '../..');
const viewsDir = join(root, 'views');
const buildDir = join(root, 'public/build');
if (!existsSync(join(buildDir, 'manifest.json'))) execFileSync(process.execPath, [join(root, 'scripts/build-browser.mjs')]);
const manifest: Record<string, string> = JSON.parse(readFileSync(join(buildDir, 'manifest.json'), 'utf8'));
const sections = [{ id: 1, title: 'Topics', boards: [samplePages.board] }];
const views = createViews({ dir: viewsDir, assets: manifest, navigation: () => ({ sections }) });

const listFiles = (dir: string, ending: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
const templates = listFiles(viewsDir, '.ejs').map((path) => ({ path, source: readFileSync(path, 'utf8') }));
const scripts = listFiles(join(root, 'public/js'), '.js').map((path) => ({ path, source: readFileSync(path, 'utf8') }));
const builtBytes = (name: string) => readFileSync(join(buildDir, (manifest[name] ?? '').replace('/assets/', '')));

test('every page renders to HTML without parse errors, with each id once and each reference to an id answered', () => {
  for (const [name, locals] of samplePages.pages) {
    const html = views.page('en', name, { title: 'A page', boardSlug: 'film' }, locals);
    const faults: string[] = [];
    parse(html, { onParseError: (error) => faults.push(`${error.code} at ${html.slice(Math.max(0, error.startOffset - 60), error.endOffset + 20)}`) });
    assert.deepEqual(faults, [], name);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((found) => found[1] ?? '');
    assert.equal(new Set(ids).size, ids.length, `${name} has an id twice: ${ids.filter((id, at) => ids.indexOf(id) !== at).join()}`);
    const wanted = [...html.matchAll(/ (?:for|aria-labelledby|aria-describedby|popovertarget)="([^"]+)"/g)].flatMap((found) => (found[1] ?? '').split(' '));
    assert.deepEqual(wanted.filter((id) => !ids.includes(id)), [], name);
    assert.ok(!/undefined|\[object|NaN/.test(html), `${name} says ${/.{40}(undefined|\[object|NaN).{20}/.exec(html)?.[0]}`);
    const icons = [...html.matchAll(/href="#i-([a-z]+)"/g)].map((found) => `id="i-${found[1]}"`);
    assert.deepEqual(icons.filter((icon) => !html.includes(icon)), [], name);
  }
});

test('text from visitors is escaped by every page that shows it', () => {
  const evil = '"><img src=x onerror=alert(1)>';
  for (const [name, locals] of samplePages.withText(evil)) {
    const html = views.page('en', name, { title: evil }, locals);
    assert.ok(html.includes('&lt;img src=x'), `${name} does not show it`);
    assert.ok(!html.includes('<img src=x'), name);
  }
});

test('finished HTML leaves a template through p.raw alone', () => {
  for (const { path, source } of templates) {
    for (const found of source.matchAll(/<%-(.{0,7})/gs)) assert.equal(found[1], ' p.raw(', path);
  }
});

test('no template carries inline script or style', () => {
  for (const { path, source } of templates) assert.ok(!/\sstyle=|<style|\son[a-z]+="|<script(?![^>]* src=)/.test(source), path);
});

test('templates say nothing but texts from the tables', () => {
  for (const { path, source } of templates) {
    const words = source.replaceAll(/<%[\s\S]*?%>/g, '').replaceAll(/<kbd>[^<]*<\/kbd>/g, '').replaceAll(/<[^>]*>/g, ' ').replaceAll(/&[a-z]+;/g, ' ');
    assert.deepEqual(words.match(/[A-Za-z]{2,}/g) ?? [], [], path);
  }
});

test('every text that a template names exists, and every text is named somewhere', () => {
  const code = [...templates, ...listFiles(join(root, 'src'), '.ts').filter((path) => !path.includes('/texts/')).map((path) => ({ path, source: readFileSync(path, 'utf8') }))];
  const named = new Set(code.flatMap(({ source }) => [...source.matchAll(/['"`]([a-z]+(?:\.[A-Za-z0-9]+)+)['"`]/g)].map((found) => found[1] ?? '')));
  const prefixes = code.flatMap(({ source }) => [...source.matchAll(/['`]([a-z]+\.[A-Za-z.]*\.)(?:'\s*\+|\$\{)/g)].map((found) => found[1] ?? ''));
  for (const { path, source } of templates) {
    for (const found of source.matchAll(/p\.t\('([^']+)'[,)]/g)) assert.ok(String(found[1]) in en, `${path} names ${found[1]}`);
  }
  const unused = Object.keys(en).filter((key) => !named.has(key) && !prefixes.some((prefix) => key.startsWith(prefix)));
  assert.deepEqual(unused, []);
});

test('a post is one lean fragment that ends with its article', () => {
  const plain = views.render('en', 'posts/post', { post: makePost() }).html;
  const text = 'Anonymous'.length + 'The failures stay in view.'.length;
  assert.ok(plain.startsWith('<article class=post id=p456 ') && plain.endsWith('</article>'), plain);
  assert.ok(Buffer.byteLength(plain) - text <= 360, `${Buffer.byteLength(plain) - text} bytes besides its text:\n${plain}`);
  assert.ok(!/>\s+</.test(plain.replaceAll('> <a', '')), 'white space between tags');
  const gone = views.render('en', 'posts/post', { post: makePost({ removal: { reason: 'advertising' } }) }).html;
  assert.ok(gone.endsWith('</article>') && gone.includes('post--gone') && gone.includes('advertising') && !gone.includes('failures'));
  const backlinks = views.render('en', 'posts/backlinks', { no: 456, links: [], moreCount: 0 }).html;
  assert.equal(backlinks, '');
});

test('an OP shows its subject outside its fragment, a reply inside', () => {
  assert.ok(!views.render('en', 'posts/post', { post: makePost({ isOp: true, subject: 'Contact sheets' }) }).html.includes('Contact sheets'));
  assert.ok(views.render('en', 'posts/post', { post: makePost({ subject: 'Contact sheets' }) }).html.includes('Contact sheets'));
});

test('HTML enters the page by script through one file alone', () => {
  for (const { path, source } of scripts) {
    if (path.endsWith('/insert-html.js')) continue;
    assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTMLUnsafe|parseHTMLUnsafe|srcdoc|\beval\(|new Function/.test(source), path);
  }
});

test('a page needs at most 30 KiB of script and 25 kB of styles', () => {
  const script = ['quoth.js', 'socket.js'].reduce((sum, name) => sum + gzipSync(builtBytes(name), { level: 9 }).length, 0);
  assert.ok(script <= 30 * 1024, `${script} bytes of script`);
  const styles = ['tokens.css', 'quoth.css'].reduce((sum, name) => sum + readFileSync(join(root, 'public/css', name)).length, 0);
  assert.ok(styles <= 25_000, `${styles} bytes of styles`);
  assert.ok(gzipSync(builtBytes('quoth.css'), { level: 9 }).length <= 8 * 1024);
});

test('each theme is a sheet of tokens for the whole page', () => {
  for (const theme of ['light', 'dark', 'classic', 'contrast']) {
    const css = readFileSync(join(buildDir, `theme-${theme}.css`), 'utf8');
    assert.match(css, /^@layer tokens\{:root\{/);
    assert.ok(!css.includes('data-theme') && css.includes('prefers-contrast'), theme);
  }
});
