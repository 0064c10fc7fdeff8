import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { RequestHandler } from 'express';
import type { Log } from '../log.js';
import { badHost, malformed } from './errors.js';

/**
 * Makes the question whether a request asks for the board under the board's own name. With `publicOrigin` (the setting PUBLIC_ORIGIN)
 * the Host must be exactly its host. Without it the board serves a desk or a local network: the connection must have come to a
 * loopback or private address, and the Host must be such an address too, or a name that nobody can register (`localhost`, `nas`,
 * `board.local`). A public name could be pointed at us by any site, whose scripts would then count as our own (DNS rebinding).
 */
export function createHostRule(publicOrigin: string | undefined): (req: IncomingMessage) => boolean {
  const privateNetworks = toBlockList(PRIVATE_NETWORKS);
  const answers = new Map<string, boolean>();
  const judge = (req: IncomingMessage) => {
    const origin = toRequestOrigin(req, publicOrigin);
    if (origin === undefined) return false;
    return publicOrigin === undefined ? isLocal(req, origin, privateNetworks) : origin === publicOrigin;
  };
  return (req) => {
    if (!hasOneHost(req)) return false;
    // Nearly all requests name the same host; the answer depends on nothing else but where the connection came to.
    const asked = `${req.headers.host} ${req.socket.localAddress}`;
    const known = answers.get(asked);
    if (known !== undefined) return known;
    const isOwn = judge(req);
    if (answers.size < 100) answers.set(asked, isOwn);
    return isOwn;
  };
}

/**
 * Makes the middleware that answers under the board's own name alone; under the name of the pictures' own address (the setting
 * MEDIA_ORIGIN) there are pictures and nothing else.
 * @throws malformed on a request without one clear Host or path; badHost (421) on a foreign one
 */
export function createHostCheck(options: { publicOrigin: string | undefined; mediaOrigin?: string; log: Log }): RequestHandler {
  const { publicOrigin, mediaOrigin, log } = options;
  if (publicOrigin === undefined) log.warn('host.unset', { meaning: 'PUBLIC_ORIGIN is not set: only local addresses and names are answered.' });
  const isOwnHost = createHostRule(publicOrigin);
  let hasWarned = false;
  return (req, _res, next) => {
    const isPath = req.url.startsWith('/');
    if (isPath && isOwnHost(req)) return next();
    if (!isPath || !hasOneHost(req) || toRequestOrigin(req, publicOrigin) === undefined) throw malformed();
    if (mediaOrigin !== undefined && req.url.startsWith('/media/') && toRequestOrigin(req, mediaOrigin) === mediaOrigin) return next();
    if (publicOrigin === undefined && !hasWarned) {
      hasWarned = true;
      log.warn('host.refused', { meaning: 'A request named a public host. Set PUBLIC_ORIGIN to the address of the board.' });
    }
    throw badHost();
  };
}

/**
 * The origin that the Host of a request names, in the scheme of `publicOrigin` (http without one) and in its normal spelling.
 * Undefined when the Host is missing or no host at all.
 */
export function toRequestOrigin(req: IncomingMessage, publicOrigin: string | undefined): string | undefined {
  const host = req.headers.host ?? '';
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host)) return undefined;
  const scheme = publicOrigin?.startsWith('https:') ? 'https' : 'http';
  return URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`).origin : undefined;
}

/** Counted in the raw list: of two Host headers Node keeps the first, a proxy before us may have believed the second. */
function hasOneHost(req: IncomingMessage): boolean {
  let count = 0;
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count === 1;
}

function isLocal(req: IncomingMessage, origin: string, privateNetworks: BlockList): boolean {
  const { localAddress } = req.socket;
  if (localAddress === undefined || !isListed(localAddress, privateNetworks)) return false;
  const host = new URL(origin).hostname;
  return isListed(host.replace(/^\[|\]$/g, ''), privateNetworks) || isLocalName(host);
}

/** Names without a dot, and the endings that are reserved for local use (RFC 6761, 6762, 8375; ICANN for .internal). */
function isLocalName(host: string): boolean {
  return isIP(host) === 0 && (/^[\w-]+$/.test(host) || /\.(?:localhost|local|lan|home|internal|localdomain|home\.arpa)$/.test(host));
}

function isListed(text: string, networks: BlockList): boolean {
  const address = text.split('%')[0] ?? '';
  const version = isIP(address);
  return version !== 0 && networks.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** Loopback, private, link-local and carrier-grade networks of both versions. */
const PRIVATE_NETWORKS = [
  ['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16], ['100.64.0.0', 10],
  ['::1', 128], ['fc00::', 7], ['fe80::', 10],
] as const;

function toBlockList(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of networks) list.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}
