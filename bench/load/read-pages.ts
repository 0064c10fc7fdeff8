import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, wrk } from '../rig/programs.js';

export interface PageReads {
  count: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/**
 * Reads one page over and over for some whole seconds, over connections that stay open. wrk does it: a client in Node would itself be
 * the slower of the two, and flatter every ratio to nginx.
 * `grownBytes` tells afterwards how large a page has become that grew meanwhile.
 * @throws Error when an answer failed, or when the bytes that came are not those of the expected body
 */
export async function readPages(url: string, options: { seconds: number; connections: number; bodyBytes: number; grownBytes?: () => number; headers: Record<string, string> }): Promise<PageReads> {
  const { seconds, connections, bodyBytes, grownBytes, headers } = options;
  if (!url.startsWith('http://127.')) throw new Error(`${url} is not on this machine.`);
  const sent = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const { stdout } = await promisify(execFile)(findProgram(wrk), ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s', '--latency', ...sent, url]);
  return toPageReads(stdout, bodyBytes, url, grownBytes?.());
}

/** Reads what wrk printed. @throws Error as above */
export function toPageReads(printed: string, bodyBytes: number, url: string, mostBytes = bodyBytes): PageReads {
  const failure = /Socket errors:.*|Non-2xx or 3xx responses:.*/.exec(printed);
  if (failure !== null) throw new Error(`${url}: ${failure[0].trim()}`);
  const count = Number(/(\d+) requests in/.exec(printed)?.[1]);
  const bytes = toAmount(/requests in [^,]+, (\S+) read/.exec(printed)?.[1], byteUnits);
  // wrk rounds. Headers make an answer longer; connections that are cut off at the end have read a part that is not counted as an answer.
  const each = bytes / count;
  if (!(each >= bodyBytes * 0.98 && each <= mostBytes * 1.1 + 2_000 + (mostBytes * 100) / count)) throw new Error(`${url}: an answer has ${Math.round(each)} bytes, and the page ${bodyBytes}.`);
  return {
    count,
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(printed)?.[1]),
    p50: toAmount(/\s50%\s+(\S+)/.exec(printed)?.[1], timeUnits),
    p99: toAmount(/\s99%\s+(\S+)/.exec(printed)?.[1], timeUnits),
  };
}

const byteUnits: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
/** In milliseconds. */
const timeUnits: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function toAmount(text: string | undefined, units: Record<string, number>): number {
  const [, number, unit = ''] = /^([\d.]+)([A-Za-z]+)$/.exec(text ?? '') ?? [];
  return Number(number) * (units[unit] ?? NaN);
}
