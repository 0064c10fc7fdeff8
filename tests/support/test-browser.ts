import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { TestBoard } from './test-board.js';

export interface TestBrowser extends Awaited<ReturnType<typeof openTestBrowser>> {}

/** Somebody who looks at the board: a browser profile of its own with one page. */
export interface Reader {
  context: BrowserContext;
  page: Page;
  /** What the page complained of: errors, messages of the console, breaches of the content policy. */
  faults: string[];
  /** Complaints that belong to what a test does, such as an answer of 404 or a lost connection. */
  allow: (fault: RegExp) => void;
}

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // Small containers have little shared memory, and a tab that runs out of it stands still.
  '--disable-dev-shm-usage',
];

/** How long a page may take to come to a state. What must be quick is timed by its test. */
const waitMs = 20_000;
const closeMs = 15_000;

/** Chromium as it is: CHROMIUM names its program, otherwise Debian's. */
export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: flags });

/**
 * A real browser in front of a test board. `closeReaders` belongs after each test:
 * it fails when a page complained of anything that its test did not allow.
 */
export async function openTestBrowser(board: Pick<TestBoard, 'origin' | 'running'>) {
  const browser = await launchBrowser();
  let readers: { reader: Reader; allowed: RegExp[] }[] = [];
  const { keepLines, cutLines, refuseLines } = createLineCutter();

  return {
    /** Opens a profile. `path` is gone to at once. */
    async read(path?: string, options: BrowserContextOptions = {}): Promise<Reader> {
      keepLines(board);
      const { reader, allowed } = await openReader(browser, { baseURL: board.origin(), ...options });
      readers.push({ reader, allowed });
      if (path !== undefined) await reader.page.goto(path);
      return reader;
    },
    /** Ends every socket as a lost network does: without a word. */
    cutLines,
    /** Lets no new socket through, as some proxies do, until the answer is called. */
    refuseLines,
    async closeReaders(): Promise<void> {
      const open = readers;
      readers = [];
      for (const { reader } of open) await inTime(reader.context.close());
      const faults = open.flatMap(({ reader, allowed }) => reader.faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault))));
      assert.deepEqual(faults, [], 'no page complains');
    },
    close: () => inTime(browser.close()),
  };
}

/** A profile whose page is just being left may never say that it has closed: it goes with the browser then. */
async function inTime(closing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeMs);
  });
  await Promise.race([closing, late]).finally(() => clearTimeout(timer));
}

async function openReader(browser: Browser, options: BrowserContextOptions): Promise<{ reader: Reader; allowed: RegExp[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'Europe/Vienna', ...options });
  context.setDefaultTimeout(waitMs);
  const faults: string[] = [];
  // What Chromium says when a page is left while its socket is being opened.
  const allowed: RegExp[] = [/WebSocket is closed before the connection is established/];
  await context.exposeBinding('tellOfBreach', (_source, breach: string) => void faults.push(`content policy: ${breach}`));
  await context.addInitScript(
    `document.addEventListener('securitypolicyviolation', (breach) => tellOfBreach(breach.violatedDirective + ' ' + breach.blockedURI + ' ' + breach.sourceFile + ' on ' + location.pathname))`,
  );
  context.on('weberror', (error) => faults.push(`error: ${error.error().stack ?? error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  const page = await context.newPage();
  return { reader: { context, page, faults, allow: (fault) => void allowed.push(fault) }, allowed };
}

/** Knows the sockets of a board's server, so that they can be cut. */
function createLineCutter() {
  const lines = new Set<Duplex>();
  const known = new WeakSet<object>();
  let isRefusing = false;
  return {
    keepLines({ running: { server } }: Pick<TestBoard, 'running'>): void {
      if (known.has(server)) return;
      known.add(server);
      server.prependListener('upgrade', (_req, line: Duplex) => {
        if (isRefusing) return void line.destroy();
        lines.add(line);
        line.once('close', () => lines.delete(line));
      });
    },
    cutLines(): void {
      for (const line of lines) line.destroy();
    },
    refuseLines(): () => void {
      isRefusing = true;
      return () => {
        isRefusing = false;
      };
    },
  };
}

/** Waits until a page is live: from now on it is told of changes. */
export const untilLive = (page: Page) => page.locator('[data-live]:not(.live--off)', { hasText: 'Live' }).waitFor();

/** Counts how often a page is loaded from now on. */
export function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('domcontentloaded', () => {
    loads += 1;
  });
  return () => loads;
}

/** What a browser says of a connection that is gone. */
export const lostLine = /WebSocket|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_NETWORK/;

/** Waits until an expression holds on a page. Asked from outside, because the content policy forbids pages to evaluate text. */
export const until = (page: Page, expression: string) => eventually(() => page.evaluate<boolean>(expression), expression);

/** Waits until something holds, and fails when it does not in good time. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + waitMs;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `does not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A post of the page by its number. */
export const findPost = (page: Page, no: number) => page.locator(`#p${no}`);

/** The numbers of the posts on a page, in order. */
export const readPostNos = (page: Page) => page.locator('#thread > .post').evaluateAll((posts) => posts.map((post) => Number(post.id.slice(1))));

/** The text of the form on a page. */
export const findTextOf = (page: Page) => page.getByRole('textbox', { name: 'Text', exact: true });

export const sendReply = (page: Page) => page.getByRole('button', { name: 'Post reply' }).click();

/** Where the keyboard's focus is, told by what a screen reader would say of it. */
export const readFocus = (page: Page) =>
  page.evaluate<string>(`(() => { const at = document.activeElement; return at?.getAttribute('aria-label') ?? at?.textContent?.trim() ?? ''; })()`);

/** The colour that a page stands on. */
export const readColour = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
