import type { Page } from 'playwright-core';
import { launchBrowser } from './test-browser.js';

/** What pieces of HTML did in a real browser. */
export interface Caught {
  /** Calls of what payloads call, and script that would have run. */
  executions: string[];
  /** Requests for anything but the page. */
  requests: string[];
  /** Elements and attributes that no body may hold, as the browser built them. */
  offPolicy: string[];
  /** Of pieces that were shown, so that nothing was caught because nothing was there. */
  pieces: number;
}

/** Chromium, with a place in it where HTML shows what it does. */
export interface MarkupTrap {
  /** Shows bodies side by side on one page without any protection, touches everything in them, and tells what happened. */
  spring: (bodies: readonly string[]) => Promise<Caught>;
  close: () => Promise<void>;
}

const place = 'http://trap.example/';

/** Reports what a policy that lets nothing run would have stopped, and stops nothing. */
const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy-Report-Only': "script-src 'none'; object-src 'none'; frame-src 'none'" };

/** In the page, before anything of it: everything that payloads call tells on itself. */
const tellTales = `
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open', 'msgbox', 'postMessage']) globalThis[name] = (...words) => void tellOfExecution(name + ' ' + words.map(String).join().slice(0, 60));
  addEventListener('securitypolicyviolation', (found) => void tellOfExecution(found.effectiveDirective + ' ' + found.blockedURI + ' ' + found.sample), true);
`;

/** In the page, when it stands: every event that a reader or the browser could bring about, on every element. Web addresses are not followed. */
const touch = `(() => {
  addEventListener('click', (event) => { const link = event.target.closest?.('a[href]'); if (/^https?:/.test(link?.protocol ?? '')) event.preventDefault(); }, true);
  const names = ['click', 'dblclick', 'auxclick', 'contextmenu', 'mousedown', 'mouseup', 'mouseover', 'mouseenter', 'mousemove', 'mouseout', 'mouseleave', 'pointerdown', 'pointerover', 'pointerenter', 'pointermove', 'wheel', 'touchstart',
    'keydown', 'keypress', 'keyup', 'input', 'change', 'select', 'focus', 'focusin', 'blur', 'submit', 'reset', 'invalid', 'drag', 'dragstart', 'dragover', 'drop', 'copy', 'cut', 'paste', 'load', 'error', 'toggle', 'beforetoggle', 'scroll', 'resize', 'play',
    'canplay', 'loadstart', 'loadeddata', 'animationstart', 'animationend', 'transitionend', 'pageshow', 'hashchange', 'message', 'begin', 'start', 'finish', 'bounce'];
  const all = [...document.body.querySelectorAll('*')];
  for (const element of all) for (const name of names) { try { element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true })); } catch {} }
  for (const link of document.querySelectorAll('a, area, button, summary')) { try { link.click(); } catch {} }
  return all.length;
})()`;

/** In the page: what stands in the pieces, by the list that findOffPolicy has too; written once more, for the tree that Chromium built. */
const judge = `(() => {
  const allowed = { P: [], BR: [], PRE: [], CODE: [], STRONG: [], EM: [], S: [], SPAN: ['class', 'tabindex'], BLOCKQUOTE: ['class', 'data-range', 'data-post'], A: ['class', 'href', 'rel', 'data-post'] };
  const found = [];
  for (const piece of document.querySelectorAll('body > article')) for (const element of piece.querySelectorAll('*')) {
    if (element.namespaceURI !== 'http://www.w3.org/1999/xhtml' || !Object.hasOwn(allowed, element.tagName)) { found.push(element.tagName); continue; }
    for (const { name, value } of element.attributes) if (!allowed[element.tagName].includes(name)) found.push(element.tagName + ' ' + name + '=' + value);
    if (element.tagName === 'A' && element.hasAttribute('href') && !/^https?:$/.test(element.protocol)) found.push('A ' + element.href);
    if (/ on[a-z]+=/.test(element.cloneNode(false).outerHTML.replaceAll(/"[^"]*"/g, ''))) found.push('a handler ' + element.outerHTML.slice(0, 80));
  }
  for (const element of document.querySelectorAll('body > :not(article), head > :not(meta, title)')) found.push('outside ' + element.tagName);
  return { found, pieces: document.querySelectorAll('body > article').length };
})()`;

/** Opens the trap. What leaks may lead the page away or end it: each call of `spring` begins with a page of its own. */
export async function openMarkupTrap(): Promise<MarkupTrap> {
  const browser = await launchBrowser();
  return {
    async spring(bodies) {
      const caught: Caught = { executions: [], requests: [], offPolicy: [], pieces: 0 };
      const context = await browser.newContext();
      try {
        await context.exposeBinding('tellOfExecution', (_source, what: string) => void caught.executions.push(what));
        await context.addInitScript(tellTales);
        const page = await context.newPage();
        page.on('dialog', (dialog) => void dialog.dismiss().catch(() => undefined));
        await show(page, bodies, caught);
      } finally {
        await context.close();
      }
      return caught;
    },
    close: () => browser.close(),
  };
}

async function show(page: Page, bodies: readonly string[], caught: Caught): Promise<void> {
  const html = `<!doctype html><meta charset="utf-8"><title>A trap</title>${bodies.map((body) => `<article>${body}</article>`).join('\n')}`;
  let isServed = false;
  await page.context().route(/.*/, async (route) => {
    const url = route.request().url();
    if (!isServed && url === place) {
      isServed = true;
      return route.fulfill({ status: 200, headers, body: html });
    }
    if (url !== `${place}favicon.ico`) caught.requests.push(url);
    return route.abort();
  });
  await page.goto(place, { waitUntil: 'domcontentloaded' });
  // A page that leaks may have gone elsewhere by now: then what it did before is all there is to tell.
  const judged = await page.evaluate<{ found: string[]; pieces: number }>(judge).catch(() => ({ found: ['the page was led away'], pieces: 0 }));
  caught.offPolicy.push(...judged.found);
  caught.pieces = judged.pieces;
  await page.evaluate(touch).catch(() => caught.offPolicy.push('the page was led away'));
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 50))').catch(() => undefined);
}
