import { type Finding, fault, ok } from './finding.js';

const answerMs = 10_000;

/** Whether the running board answers as it must: it lives, takes requests and reaches its database. */
export async function checkAnswers({ host, port }: { host: string; port: number }): Promise<Finding[]> {
  const here = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  const url = `http://${here.includes(':') ? `[${here}]` : here}:${port}`;
  const found: Finding[] = [];
  for (const path of ['/healthz', '/readyz']) {
    const status = await ask(`${url}${path}`);
    if (status !== 200) found.push(fault('doctor.answers.wrong', { path, status: status ?? 0, url }));
  }
  return found.length > 0 ? found : [ok('doctor.answers.ok', { url })];
}

async function ask(url: string): Promise<number | undefined> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(answerMs) })).status;
  } catch {
    return undefined;
  }
}
