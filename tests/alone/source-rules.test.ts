import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** Ways to write code that were holes in boards like this one, and the places where one of them is meant and safe. */
interface Rule {
  what: string;
  isIn: (line: string) => boolean;
  allowed?: readonly string[];
  /** What the rule must find, and what it must not. */
  finds: readonly string[];
  spares: readonly string[];
}

/** A call, what it looks for, and what it puts there. */
const replacing = /\.replace(?:All)?\((?:\/(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[a-z]*|'(?:[^'\\]|\\.)*'|"[^"]*"|[\w.]+),\s*([^\n]*)/g;

const rules: readonly Rule[] = [
  {
    what: 'text is never run as code',
    isIn: (line) => /(?<![.\w])eval\(|\beval: true|\bnew Function\(|\bset(?:Timeout|Interval)\(\s*['"`]|\bfrom 'node:vm'|\bimport\((?!')/.test(line),
    // On Node 20 a worker thread loads TypeScript in no other way; both names are the board's own. So is the address of the live line's
    // script, which its own page names.
    allowed: ['src/db/embedded-database.ts', 'public/js/load-socket.js'],
    finds: ["eval('x')", 'new Function(text)', "setTimeout('x()', 1)", 'await import(name)'],
    spares: ["await import('./x.js')", 'redis.eval(script)', 'setTimeout(() => x(), 1)'],
  },
  {
    what: 'no other program is started, but for the processes of the board itself',
    isIn: (line) => /^import (?!type |\{ fork \} )[^;]*from 'node:child_process'/.test(line),
    finds: ["import { exec } from 'node:child_process';"],
    spares: ["import { fork } from 'node:child_process';"],
  },
  {
    what: 'HTML comes into a page through one file',
    isIn: (line) => /\.(?:innerHTML|outerHTML|srcdoc)\s*\+?=(?!=)|\.(?:insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|parseFromString)\(|\bdocument\.write/.test(line),
    allowed: ['public/js/insert-html.js'],
    finds: ['place.innerHTML = html', 'place.insertAdjacentHTML(where, html)', 'document.write(x)'],
    spares: ['if (place.innerHTML === html)', 'place.textContent = text'],
  },
  {
    what: 'what is put in the place of found text is made by a function, or holds no sign that is a pattern there',
    // `$&` and its kin in words of visitors would be filled in: LynxChan showed pieces of pages that way.
    isIn: (line) => [...line.matchAll(replacing)].some(([, by = '']) => !/^(?:'(?:[^'$]|\$[1-9])*'|"[^"$]*")\s*\)|^(?:\([^)]*\)|\w+) =>/.test(by)),
    // Its `replace` is no text's.
    allowed: ['public/js/live-thread.js'],
    finds: ['text.replace(/a/g, words)', "text.replace('%', typed)", "text.replaceAll(mark, `${words}`)", "text.replace(/a/, '$&')"],
    spares: ["text.replace(/a/g, 'b')", 'text.replaceAll(marks, (_, name) => name)', "text.replaceAll(piled, '$1')", "text.replace('a', '')"],
  },
  {
    what: 'chance that somebody could foresee decides nothing but when something is done again',
    isIn: (line) => /\bMath\.random\(/.test(line),
    allowed: ['src/db/in-transaction.ts', 'src/background-work.ts', 'public/js/live-line.js', 'public/js/catch-up-board.js'],
    finds: ['const id = Math.random();'],
    spares: ['randomBytes(16)'],
  },
  {
    what: 'whom a proxy names is found by one function, never by Express',
    isIn: (line) => /trust proxy|\breq\.(?:ip|ips|hostname|host|protocol|subdomains)\b/.test(line),
    finds: ["app.set('trust proxy', true)", 'const from = req.ip;'],
    spares: ['req.headers.host', 'url.protocol', 'req.hosting'],
  },
  {
    what: 'nothing of a request is spread into what a template or a query is given',
    isIn: (line) => /\.\.\.req\.|\.\.\.\(req\.|Object\.assign\([^)]*\breq\.(?:query|body|params)/.test(line),
    finds: ['render(page, { ...req.query })', 'Object.assign(locals, req.body)'],
    spares: ['{ ...options }'],
  },
  {
    what: 'errors are not shown to visitors as they are',
    isIn: (line) => /res\.(?:send|json|end)\([^)]*\b(?:error|err|cause)\.(?:stack|message)/.test(line),
    finds: ['res.send(error.stack)', 'res.json({ message: err.message })'],
    spares: ['log.error(error.message)'],
  },
  {
    what: 'nobody is asked anything on the internet',
    isIn: (line) => /\bfetch\(\s*['"`]https?:|\bhttps?\.(?:get|request)\(\s*['"`]https?:/.test(line),
    finds: ["fetch('https://telemetry.example/')"],
    spares: ['fetch(url)', "fetch('/garden/')"],
  },
];

const root = join(import.meta.dirname, '../..');
const files = ['src', 'public/js'].flatMap((dir) => readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' }).filter((name) => /\.[jt]s$/.test(name)).map((name) => `${dir}/${name}`));
const lines = files.flatMap((file) => readFileSync(join(root, file), 'utf8').split('\n').map((line) => ({ file, line: line.trim() })));
/** What is said about code is no code. */
const isCode = (line: string) => !/^(?:\/\/|\/?\*)/.test(line);

for (const { what, isIn, allowed = [], finds, spares } of rules) {
  test(what, () => {
    assert.deepEqual([finds.filter((line) => !isIn(line)), spares.filter(isIn)], [[], []]);
    assert.ok(files.length > 200);
    const found = lines.filter(({ file, line }) => !allowed.includes(file) && isCode(line) && isIn(line));
    assert.deepEqual(found.map(({ file, line }) => `${file}: ${line}`), []);
  });
}
