import { chromium, type Browser } from 'playwright-core';

/** How a page came up. Milliseconds, and for the shift of its layout what browsers count. */
export interface PageTimes {
  firstPaint: number;
  largestPaint: number;
  layoutShift: number;
  /** Whatever long tasks took above 50 ms each. */
  blocking: number;
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-dev-shm-usage'];
/** Measured until so long after the page has loaded. */
const watchedMs = 1_500;

export const launchChromium = (executablePath: string): Promise<Browser> => chromium.launch({ executablePath, args: flags });

/** Shows a page once as a slow phone does: 412 px wide, a quarter of this processor, 1.6 Mbit/s, 150 ms to anywhere. */
export async function showOnSlowPhone(browser: Browser, url: string): Promise<PageTimes> {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 }, deviceScaleFactor: 2 });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 });
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.addInitScript(watchSource);
    await page.goto(url, { waitUntil: 'load', timeout: 90_000 });
    await page.waitForTimeout(watchedMs);
    return await page.evaluate<PageTimes>('({ ...watched, firstPaint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN })');
  } finally {
    await context.close();
  }
}

/** Runs in the page, before anything of it. */
const watchSource = `
  globalThis.watched = { largestPaint: NaN, layoutShift: 0, blocking: 0 };
  const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => { watched.largestPaint = entry.startTime; });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) watched.layoutShift += entry.value; });
  watch('longtask', (entry) => { watched.blocking += Math.max(0, entry.duration - 50); });
`;
