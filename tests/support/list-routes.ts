import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What Express keeps of a route, of a router within a router, and of everything else that is `use`d. */
interface Layer {
  name: string;
  rawPath: unknown;
  slash: boolean;
  route?: { path: string | string[]; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

export interface RouteList {
  /** `GET /:slug/thread/:no`, each once, in the order in which they are asked. */
  routes: string[];
  /** What stands before and between the routes and is no route: `serveStatic /assets`. Functions without a name are left out. */
  others: string[];
}

/**
 * Reads the doors of a running board from its Express application, as they are and not as somebody wrote them down. `host` is the
 * board's name.
 * @throws Error when a router hangs below a path, which would make the addresses here wrong
 */
export async function listRoutes(server: Server, host: string): Promise<RouteList> {
  const list: RouteList = { routes: [], others: [] };
  collect(await findLayers(server, host), list);
  list.routes = [...new Set(list.routes)];
  return list;
}

/** Express leaves its application on every request that it answers. */
function findLayers(server: Server, host: string): Promise<Layer[]> {
  return new Promise((resolve, reject) => {
    server.once('request', (req: IncomingMessage & { app?: { router: { stack: Layer[] } } }, res: ServerResponse) => {
      res.once('finish', () => (req.app === undefined ? reject(new Error('Express did not answer.')) : resolve(req.app.router.stack)));
    });
    const { port } = server.address() as AddressInfo;
    get({ port, host: '127.0.0.1', path: '/no/such/place', headers: { Host: host, 'X-Forwarded-For': '203.0.113.1' } }, (res) => res.resume()).once('error', reject);
  });
}

function collect(layers: readonly Layer[], list: RouteList): void {
  for (const layer of layers) {
    const { route } = layer;
    if (route !== undefined) {
      const methods = Object.keys(route.methods).map((method) => (method === '_all' ? 'ALL' : method.toUpperCase()));
      for (const path of [route.path].flat()) list.routes.push(...methods.map((method) => `${method} ${path}`));
    } else if (layer.handle.stack !== undefined) {
      if (!layer.slash) throw new Error(`A router hangs below ${String(layer.rawPath)}: teach this list to read that.`);
      collect(layer.handle.stack, list);
    } else if (layer.name !== '<anonymous>') {
      list.others.push(layer.slash ? layer.name : `${layer.name} ${String(layer.rawPath)}`);
    }
  }
}
