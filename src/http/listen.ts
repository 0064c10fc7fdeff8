import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config.js';

/** Answers with the address on this machine. @throws Error with a sentence that names the setting when the address cannot be had */
export function listen(server: Server, config: Readonly<Config>): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) => reject(new Error(toListenSentence(error, config), { cause: error })));
    server.listen(config.port, config.host, () => {
      const { port } = server.address() as AddressInfo;
      const host = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(config.host) ? 'localhost' : config.host.includes(':') ? `[${config.host}]` : config.host;
      resolve(`http://${host}:${port}`);
    });
  });
}

function toListenSentence(error: Error & { code?: string }, config: Readonly<Config>): string {
  if (error.code === 'EADDRINUSE') return `Something else already listens on port ${config.port}. Stop it, or choose another port with PORT.`;
  if (error.code === 'EACCES') return `This user may not listen on port ${config.port}. Choose a PORT from 1024 up.`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return `HOST ${config.host} is not an address of this machine.`;
  return `The board cannot listen on ${config.host}, port ${config.port}.`;
}
