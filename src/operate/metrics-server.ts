import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.js';

const mostConnections = 20;
const requestMs = 5_000;

/**
 * Serves GET /metrics at an address of its own, so that no visitor reaches it through the board's. Port 0 takes a free one.
 * @throws Error with a sentence that names the setting when the address cannot be had
 */
export async function serveMetrics(metrics: Pick<Metrics, 'read'>, at: { host: string; port: number }): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((req, res) => {
    if (req.method === 'GET' && req.url === '/metrics') void answer(metrics, res);
    else res.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is only /metrics here.\n');
  });
  server.maxConnections = mostConnections;
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`The board cannot listen on METRICS_HOST ${at.host}, METRICS_PORT ${at.port}.`, { cause })));
    server.listen(at.port, at.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(metrics: Pick<Metrics, 'read'>, res: ServerResponse): Promise<void> {
  try {
    const { text, type } = await metrics.read();
    res.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
  } catch {
    res.writeHead(500).end();
  }
}
