import { type DefaultTreeAdapterTypes, html as names, parseFragment } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** What a body may be made of once a browser has parsed it. It is written down here a second time, on purpose. */
const attributesOf: Record<string, Record<string, RegExp>> = {
  p: {},
  br: {},
  pre: {},
  code: {},
  strong: {},
  em: {},
  s: {},
  span: { class: /^(?:spoiler|ref)$/, tabindex: /^0$/ },
  blockquote: { class: /^quote(?: quote--src)?$/, 'data-range': /^\d+-\d+$/, 'data-post': /^\d+$/ },
  a: { class: /^(?:ref|src)$/, href: /^(?:https?:\/\/[^\s"<>]+|\/[a-z0-9]{1,16}\/(?:thread\/\d+#p\d+)?)$/, rel: /^nofollow ugc noopener noreferrer$/, 'data-post': /^\d+$/ },
};

/** Everything in a piece of HTML, as a browser's parser understands it, that a body may not hold. */
export function findOffPolicy(html: string): string[] {
  const found: string[] = [];
  for (const node of walk(parseFragment(html))) {
    if (node.nodeName === '#text' || node.nodeName === '#document-fragment') continue;
    if (!isElement(node) || node.namespaceURI !== names.NS.HTML) {
      found.push(node.nodeName);
      continue;
    }
    const allowed = attributesOf[node.tagName];
    if (allowed === undefined) found.push(node.tagName);
    for (const { name, value } of node.attrs) if (allowed?.[name]?.test(value) !== true) found.push(`${node.tagName} ${name}=${value}`);
    const rel = node.attrs.find((attribute) => attribute.name === 'rel');
    const href = node.attrs.find((attribute) => attribute.name === 'href');
    if (href?.value.startsWith('http') === true && rel === undefined) found.push('a link without rel');
  }
  return found;
}

/** The text of a piece of HTML, without what stands in elements of these classes. */
export function readText(html: string, without: readonly string[] = []): string {
  return [...walk(parseFragment(html), without)].map((node) => ('value' in node ? node.value : '')).join('');
}

function* walk(node: Node, without: readonly string[] = []): Generator<Node> {
  yield node;
  if (!('childNodes' in node)) return;
  for (const child of node.childNodes) {
    if (isElement(child) && child.attrs.some(({ name, value }) => name === 'class' && without.includes(value))) continue;
    yield* walk(child, without);
  }
}

const isElement = (node: Node): node is Element => 'tagName' in node;
