import { parse } from 'parse5';
import type { DefaultTreeAdapterTypes } from 'parse5';
import { hasForbiddenCharacter, normalizeLine, normalizeText } from '../../src/markup/normalize-text.js';
import { readText } from './html-policy.js';
import type { TestBoard } from './test-board.js';

type Node = DefaultTreeAdapterTypes.Node;

/** Marks of markup and white space are no words; the line that opens a block of code and the host of an address may be shown otherwise. */
const withoutSigns = (text: string) => text.replaceAll(/[\s*~|`]/g, '');
const isShownOtherwise = (text: string) => /```|:\/\/[a-z.]*[^a-z./\s]/i.test(text);
/** What stands behind such a sign is a tripcode's secret, and what looks like a tripcode loses its sign. */
const isMoreThanName = (text: string) => /[#!\uFF03\uFE5F]/.test(text);
/** What ordinary words are shown behind, so that no text is too short or empty. */
const carrier = 'words ';

/** How a text fares as name, subject and body of a thread: undefined when it is shown as it was typed or refused as it must be. */
export async function findRoundTripFault(board: TestBoard, slug: string, sent: string): Promise<string | undefined> {
  // Half a character cannot be sent at all: a browser sends a sign in its place.
  const text = Buffer.from(sent).toString();
  const typed = { name: text.slice(0, 90), subject: carrier + text.slice(0, 90), body: carrier + text };
  const answer = await board.sendForm(`/${slug}/thread`, typed, [], 'application/json');
  const mustRefuse = Object.values(typed).some(hasForbiddenCharacter) || normalizeText(typed.body).length > 8000 || normalizeText(typed.body).split('\n').length > 200;
  if (answer.status !== 201) return mustRefuse && answer.status >= 400 && answer.status < 500 ? undefined : `was answered with ${answer.status} ${answer.text.slice(0, 200)}`;
  if (mustRefuse) return 'was not refused';
  const { no }: { no: number } = JSON.parse(answer.text);
  const row = await board.db
    .selectFrom('posts as p')
    .innerJoin('boards as b', 'b.id', 'p.board_id')
    .select(['p.body', 'p.body_html', 'p.name', 'p.subject'])
    .where('b.slug', '=', slug)
    .where('p.no', '=', no)
    .executeTakeFirstOrThrow();
  if (row.body !== normalizeText(typed.body)) return `is stored as ${JSON.stringify(row.body)}`;
  if (row.subject !== normalizeLine(typed.subject)) return `is stored as the subject ${JSON.stringify(row.subject)}`;
  if (!isShownOtherwise(typed.body) && withoutSigns(readText(row.body_html)) !== withoutSigns(row.body)) return `is shown as ${JSON.stringify(row.body_html)}`;
  const page = await board.get(`/${slug}/thread/${no}`);
  if (page.status !== 200) return `makes a page that is answered with ${page.status}`;
  const texts = new Set(listTexts(parse(page.text)));
  if (!texts.has(row.subject)) return 'is not on the page as a subject';
  const name = normalizeLine(typed.name);
  return name === '' || isMoreThanName(typed.name) || texts.has(name) ? undefined : 'is not on the page as a name';
}

/** Every text of a page, white space around it apart. */
function listTexts(node: Node): string[] {
  if ('value' in node) return [node.value.trim()];
  return 'childNodes' in node ? node.childNodes.flatMap(listTexts) : [];
}
