import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { inspect } from 'node:util';
import ipaddr from 'ipaddr.js';

/**
 * Who a request comes from, cut to what the board works with. The two prefixes go into keyed tags (author-tags.ts) and nowhere
 * else. Printed, logged or put into JSON it says `[address]`.
 */
export interface ClientAddress {
  /** One client: an IPv4 address, or the /64 of an IPv6 address. */
  readonly prefix: string;
  /** Its neighbourhood: /24 of IPv4, /48 of IPv6. */
  readonly range: string;
  readonly isLoopback: boolean;
  toString: () => string;
}

/** Who is at the other end of a connection, which may be a trusted proxy. */
export interface Peer extends ClientAddress {
  readonly isTrustedProxy: boolean;
}

/** What the client's address is found from; every request of node:http is one. */
interface AddressedRequest {
  headers: IncomingHttpHeaders;
  socket: { remoteAddress?: string };
}

type Parsed = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Parsed, number];

/**
 * Makes the function that finds the client's address of a request.
 * `trusted` are the proxies whose X-Forwarded-For is believed, as addresses or CIDRs: the header is walked from the right over
 * trusted hops, and the first other address is the client. No other header is ever read. With the listener `onion` no address is
 * read at all: onion visitors are one class of their own.
 * The function gives undefined when a trusted proxy names no usable client: such a request must be refused, never taken for
 * the proxy itself.
 * @throws Error when an entry of `trusted` is not an address or a CIDR, or trusts everybody
 */
export function createAddressReader(
  trusted: readonly string[],
  listener: 'network' | 'onion' = 'network',
): (req: AddressedRequest) => ClientAddress | undefined {
  const networks = trusted.map(toNetwork);
  if (listener === 'onion') return () => hide('onion', 'onion', false);
  return (req) => {
    const peer = parseAddress(withoutZone(req.socket.remoteAddress));
    if (peer === undefined) return undefined;
    if (!isWithin(peer, networks)) return toClientAddress(peer);
    const client = findForwardedClient(req.headers['x-forwarded-for'], networks);
    return client === undefined ? undefined : toClientAddress(client);
  };
}

/** Makes the function that says who is at the other end of a connection, given its `remoteAddress`. Undefined: nobody is any more. */
export function createPeerReader(trusted: readonly string[]): (remoteAddress: string | undefined) => Peer | undefined {
  const networks = trusted.map(toNetwork);
  return (remoteAddress) => {
    const peer = parseAddress(withoutZone(remoteAddress));
    return peer === undefined ? undefined : { ...toClientAddress(peer), isTrustedProxy: isWithin(peer, networks) };
  };
}

/**
 * Reads an address in its canonical spellings alone: four decimal numbers, or IPv6 without a zone. IPv4-mapped IPv6 is IPv4, so
 * that one client has one key however it is spelled. Undefined for anything else.
 */
export function findClientAddress(text: string): ClientAddress | undefined {
  const parsed = parseAddress(text);
  return parsed === undefined ? undefined : toClientAddress(parsed);
}

function findForwardedClient(header: string | string[] | undefined, networks: Network[]): Parsed | undefined {
  const hops = String(header ?? '').split(',');
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    const hop = parseAddress(withoutPort((hops[index] ?? '').trim()));
    if (hop === undefined) return undefined;
    if (!isWithin(hop, networks)) return isUsable(hop) ? hop : undefined;
  }
  return undefined;
}

/** Nobody reaches a proxy from such an address; a header that says so is forged or wrong. */
function isUsable(address: Parsed): boolean {
  return !['loopback', 'unspecified', 'multicast', 'broadcast'].includes(address.range());
}

/** node:net is strict where ipaddr.js is generous (octal, hexadecimal, three-part addresses), so it decides first. */
function parseAddress(text: string | undefined): Parsed | undefined {
  if (text === undefined || text.includes('%') || isIP(text) === 0) return undefined;
  return ipaddr.process(text);
}

/** The zone of a link-local peer (`fe80::1%eth0`) names our own network card, not the peer. */
function withoutZone(remoteAddress: string | undefined): string | undefined {
  return remoteAddress?.split('%')[0];
}

/** Some proxies add the port: `198.51.100.7:5555`, `[2001:db8::1]:443`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
}

/** The widest private networks there are, 10.0.0.0/8 and fc00::/7: whoever trusts more trusts strangers. */
const widest = { ipv4: 8, ipv6: 7 } as const;

function toNetwork(entry: string): Network {
  const [text, length, ...rest] = entry.split('/');
  const address = parseAddress(text);
  const most = address?.kind() === 'ipv4' ? 32 : 128;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (address === undefined || rest.length > 0 || !(bits >= 0 && bits <= most)) {
    throw new Error(`TRUSTED_PROXIES: ${entry} is not an address or a network such as 10.0.0.0/8.`);
  }
  if (bits < (most === 32 ? widest.ipv4 : widest.ipv6)) throw new Error(`TRUSTED_PROXIES: ${entry} would believe everybody. Name your proxies.`);
  return [address, bits];
}

function isWithin(address: Parsed, networks: Network[]): boolean {
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** `::1`; of IPv4 all of 127.0.0.0/8 is the machine itself. */
const loopback6 = Buffer.from([...Array(15).fill(0), 1]);

function toClientAddress(address: Parsed): ClientAddress {
  const bytes = Buffer.from(address.toByteArray());
  const isV4 = address.kind() === 'ipv4';
  const cut = (count: number) => `${isV4 ? 4 : 6}:${bytes.subarray(0, count).toString('hex')}`;
  return hide(cut(isV4 ? 4 : 8), cut(isV4 ? 3 : 6), isV4 ? bytes[0] === 127 : bytes.equals(loopback6));
}

function hide(prefix: string, range: string, isLoopback: boolean): ClientAddress {
  const say = () => '[address]';
  return Object.freeze({ prefix, range, isLoopback, toJSON: say, toString: say, [inspect.custom]: say });
}
