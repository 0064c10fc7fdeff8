import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, findFreePort, isRoot, startChild } from './child.js';
import { findProgram, nginx } from './programs.js';

/** A page as it went over the wire. */
export interface ServedPage {
  name: string;
  body: Buffer;
  /** Empty for plain bytes. */
  contentEncoding: string;
}

/** Starts an nginx of one worker that serves these bodies as files, as fast as it can. Answers with its origin. */
export async function startNginx(dir: string, pages: ServedPage[]): Promise<Child & { origin: string }> {
  const home = join(dir, 'nginx');
  const root = join(home, 'pages');
  mkdirSync(root, { recursive: true });
  for (const { name, body } of pages) writeFileSync(join(root, name), body);
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const configPath = join(home, 'nginx.conf');
  writeFileSync(configPath, toConfig({ home, root, port, pages }));
  const child = await startChild({
    command: findProgram(nginx),
    args: ['-e', join(home, 'errors'), '-c', configPath],
    signal: 'SIGTERM',
    isReady: async () => (await fetch(`${origin}/${pages[0]?.name ?? ''}`)).ok,
  });
  return { ...child, origin };
}

function toConfig({ home, root, port, pages }: { home: string; root: string; port: number; pages: ServedPage[] }): string {
  const encoded = pages.filter(({ contentEncoding }) => contentEncoding !== '');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(home, name)};`);
  return `
    daemon off;
    ${isRoot() ? 'user nobody nogroup;' : ''}
    worker_processes 1;
    pid ${join(home, 'pid')};
    error_log ${join(home, 'errors')} warn;
    events { worker_connections 1024; }
    http {
      access_log off;
      sendfile on;
      tcp_nopush on;
      keepalive_requests 10000000;
      open_file_cache max=100 inactive=60s;
      types {}
      default_type "text/html; charset=utf-8";
      ${temporary.join(' ')}
      server {
        listen 127.0.0.1:${port} backlog=1024;
        root ${root};
        ${encoded.map(({ name, contentEncoding }) => `location = /${name} { add_header Content-Encoding ${contentEncoding}; }`).join('\n')}
      }
    }`;
}
