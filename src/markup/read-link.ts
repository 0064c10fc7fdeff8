/** A web address longer than this stays text. */
const longestLink = 2000;

/** A web address in a text: what it leads to, what was typed, and what is shown: as typed, but with the host as it really is (punycode). */
export interface Link {
  href: string;
  typed: string;
  text: string;
}

/** Where an address ends at the latest. `||` ends it too: a spoiler must not leak through an address. */
const linkEnd = /[\s<>"`\\]|\|\|/;
/** What closes a sentence or a sign around an address, and so does not belong to it. */
const trailing = new Set('.,:;!?\'*~|…’”»。、，！？；：」』）】》');
const closing: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/**
 * Reads the web address that begins at `at` (`http://` or `https://`): http and https alone, no credentials, without trailing
 * punctuation and closing brackets that were not opened in it.
 */
export function readLink(line: string, at: number): Link | undefined {
  const rest = line.slice(at, at + longestLink + 1);
  const end = rest.search(linkEnd);
  if (end < 0 && rest.length > longestLink) return undefined;
  const typed = trimEnd(end < 0 ? rest : rest.slice(0, end));
  const url = parse(typed);
  if (url === undefined) return undefined;
  return { href: url.href, typed, text: showHost(typed, url.host) };
}

function trimEnd(candidate: string): string {
  const open = new Map<string, number>();
  for (const sign of candidate) if ('()[]{}'.includes(sign)) open.set(sign, (open.get(sign) ?? 0) + 1);
  let end = candidate.length;
  for (; end > 0; end--) {
    const last = candidate[end - 1] ?? '';
    const opener = closing[last];
    if (opener === undefined ? trailing.has(last) : (open.get(last) ?? 0) > (open.get(opener) ?? 0)) {
      if (opener !== undefined) open.set(last, (open.get(last) ?? 0) - 1);
      continue;
    }
    break;
  }
  return candidate.slice(0, end);
}

function parse(typed: string): URL | undefined {
  let url: URL;
  try {
    url = new URL(typed);
  } catch {
    return undefined;
  }
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' && url.hostname !== '' ? url : undefined;
}

/** Writes the host that the address really leads to in the place of the one that was typed, when they differ. */
function showHost(typed: string, host: string): string {
  const [, scheme = '', authority = '', rest = ''] = /^(https?:\/\/)([^/?#]*)(.*)$/is.exec(typed) ?? [];
  return authority.toLowerCase().replace(/:(?:80|443)?$/, '') === host ? typed : `${scheme}${host}${rest}`;
}
