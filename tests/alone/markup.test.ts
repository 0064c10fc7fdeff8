import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPlainText } from '../../src/markup/excerpt.js';
import { fillReferences } from '../../src/markup/fill-references.js';
import { findReferences } from '../../src/markup/find-references.js';
import { hasForbiddenCharacter, normalizeLine, normalizeText } from '../../src/markup/normalize-text.js';
import { liveLimit, parseMarkup } from '../../src/markup/parse-markup.js';
import { renderMarkup } from '../../src/markup/render-markup.js';
import { writeLeaf } from '../../src/markup/write-html.js';

/** Post 123 of this board and post 7 of /film/ exist, and so does /film/. */
const live = { posts: new Map([['/123', 5], ['film/7', 6]]), boards: new Set(['film']), matches: [] };
const render = (body: string) => renderMarkup(parseMarkup(body), live).html;

const link = (href: string, text = href) => `<a href="${href}" rel="nofollow ugc noopener noreferrer">${text}</a>`;
const spoiler = (text: string) => `<span class="spoiler" tabindex="0">${text}</span>`;
const quote = (text: string) => `<blockquote class="quote"><p>${text}</p></blockquote>`;

/** What is typed, and what it becomes inside one paragraph. */
const inlineCases: Record<string, [typed: string, shown: string][]> = {
  bold: [
    ['**words**', '<strong>words</strong>'],
    ['so **many words** here', 'so <strong>many words</strong> here'],
    ['**over\nlines**', '<strong>over<br>\nlines</strong>'],
    ['**never closed', '**never closed'],
    ['not ** bold ** here', 'not ** bold ** here'],
    ['2**3 and 3**2', '2**3 and 3**2'],
    ['****', '****'],
    ['(**words**).', '(<strong>words</strong>).'],
  ],
  italic: [
    ['*words*', '<em>words</em>'],
    ['5*3*2 and file*name*x', '5*3*2 and file*name*x'],
    ['* one\n* two', '* one<br>\n* two'],
    ['*a *b*', '*a <em>b</em>'],
    ['***both***', '<strong><em>both</em></strong>'],
    ['**bold *and italic***', '<strong>bold <em>and italic</em></strong>'],
    ['*italic **and bold***', '<em>italic </em><strong><em>and bold</em></strong>'],
    ['***first** then*', '<strong><em>first</em></strong><em> then</em>'],
    ['***half*', '**<em>half</em>'],
  ],
  strike: [
    ['~~words~~', '<s>words</s>'],
    ['~~~words~~~', '~~~words~~~'],
    ['a ~~ b ~~ c', 'a ~~ b ~~ c'],
    ['**over ~~lap** ping~~', '<strong>over <s>lap</s></strong><s> ping</s>'],
  ],
  spoiler: [
    ['||words||', spoiler('words')],
    ['he ||dies||s', `he ${spoiler('dies')}s`],
    ['he || dies || there', `he ${spoiler(' dies ')} there`],
    ['a || b', 'a || b'],
    ['a || b\nc || d', 'a || b<br>\nc || d'],
    ['||two\nlines||', spoiler('two<br>\nlines')],
    ['||**bold** and more||', spoiler('<strong>bold</strong> and more')],
    ['|||', '|||'],
    ['||see https://example.org/||', spoiler(`see ${link('https://example.org/')}`)],
  ],
  'inline code': [
    ['`words`', '<code>words</code>'],
    ['`**a** ||b|| >>123 https://example.org`', '<code>**a** ||b|| &gt;&gt;123 https://example.org</code>'],
    ['``a`b``', '<code>a`b</code>'],
    ['`open', '`open'],
    ['`over\nlines`', '`over<br>\nlines`'],
    ['**a `b** c`', '**a <code>b** c</code>'],
    ['`<b>&amp;`', '<code>&lt;b&gt;&amp;amp;</code>'],
  ],
  links: [
    ['https://example.org', link('https://example.org/', 'https://example.org')],
    ['HTTP://Example.org/A', link('http://example.org/A', 'HTTP://Example.org/A')],
    ['see https://example.org/a.', `see ${link('https://example.org/a')}.`],
    ['(https://example.org/a)', `(${link('https://example.org/a')})`],
    ['https://en.example.org/A_(b)', link('https://en.example.org/A_(b)')],
    ['(see https://en.example.org/A_(b)), yes', `(see ${link('https://en.example.org/A_(b)')}), yes`],
    ['"https://example.org/?a=1&b=2"', `"${link('https://example.org/?a=1&amp;b=2')}"`],
    ['**https://example.org/**', `<strong>${link('https://example.org/')}</strong>`],
    ['https://bücher.example/ü', link('https://xn--bcher-kva.example/%C3%BC', 'https://xn--bcher-kva.example/ü')],
    ['https://example%2eorg/', link('https://example.org/')],
    ['https://user:secret@example.org/', 'https://user:secret@example.org/'],
    ['https://example.org@evil.example/', 'https://example.org@evil.example/'],
    ['https:///example.org', 'https:///example.org'],
    ['https://example.org\\@evil.example', `${link('https://example.org/', 'https://example.org')}\\@evil.example`],
    ['javascript:alert(1) data:text/html,x ftp://example.org', 'javascript:alert(1) data:text/html,x ftp://example.org'],
    ['xhttps://example.org', 'xhttps://example.org'],
    ['https://', 'https://'],
    ['https://[', 'https://['],
    [`https://example.org/${'a'.repeat(2100)}`, `https://example.org/${'a'.repeat(2100)}`],
  ],
  references: [
    ['>>123', '<a class="ref" data-post="5">&gt;&gt;123</a>'],
    ['so >>123, yes', 'so <a class="ref" data-post="5">&gt;&gt;123</a>, yes'],
    ['>>999', '&gt;&gt;999'],
    ['>>>/film/7', '<a class="ref" data-post="6">&gt;&gt;&gt;/film/7</a>'],
    ['>>>/film/', '<a class="ref" href="/film/">&gt;&gt;&gt;/film/</a>'],
    ['>>>/none/ >>>/none/7 >>>/film/8', '&gt;&gt;&gt;/none/ &gt;&gt;&gt;/none/7 &gt;&gt;&gt;/film/8'],
    ['**>>123**', '<strong><a class="ref" data-post="5">&gt;&gt;123</a></strong>'],
    ['so >>12345678901234567890', 'so &gt;&gt;12345678901234567890'],
  ],
  'HTML and leftovers': [
    ['<b>x</b> & "y"', '&lt;b&gt;x&lt;/b&gt; &amp; "y"'],
    ['&lt;script&gt;', '&amp;lt;script&amp;gt;'],
    ['$& $1 $`', '$&amp; $1 $`'],
  ],
};

for (const [name, cases] of Object.entries(inlineCases)) {
  test(`what is typed becomes what was promised: ${name}`, () => {
    for (const [typed, shown] of cases) assert.equal(render(typed), `<p>${shown}</p>`, typed);
  });
}

const blockCases: [what: string, typed: string, shown: string][] = [
  ['a line end is a line end, blank lines make a paragraph', 'a\nb\n\n\nc', '<p>a<br>\nb</p>\n<p>c</p>'],
  ['a line that begins with > is green and keeps its mark', '>words\nanswer', `${quote('&gt;words')}\n<p>answer</p>`],
  ['green lines that follow each other are one block', '>a\n> b\n>', quote('&gt;a<br>\n&gt; b<br>\n&gt;')],
  ['more marks are green too', '>>words', quote('&gt;&gt;words')],
  ['a quoted reference is green with a link in it', '>>>123 yes', quote('&gt;<a class="ref" data-post="5">&gt;&gt;123</a> yes')],
  ['green lines have markup, each for itself', '>**a** *b\n>c*', quote('&gt;<strong>a</strong> *b<br>\n&gt;c*')],
  ['a > inside a line is a sign', 'a > b', '<p>a &gt; b</p>'],
  ['a block of code keeps everything', '```\n>a  **b**\n\n\t<c>\n```', '<pre><code>&gt;a  **b**\n\n\t&lt;c&gt;</code></pre>'],
  ['a block of code may name its language', 'x\n```ts\ny\n```\nz', '<p>x</p>\n<pre><code>y</code></pre>\n<p>z</p>'],
  ['a block of code that does not end is text', '```\nx', '<p>```<br>\nx</p>'],
  ['a spoiler hides paragraphs, quotes and code', '||a\n\n>b\n```\nc\n```\nd||', `<p>${spoiler('a')}</p>\n${quote(`&gt;${spoiler('b')}`)}\n<pre><code>${spoiler('c')}</code></pre>\n<p>${spoiler('d')}</p>`],
  ['bold ends with its paragraph', '**a\n\nb**', '<p>**a</p>\n<p>b**</p>'],
  ['nothing is nothing', '', ''],
];

for (const [what, typed, shown] of blockCases) test(what, () => assert.equal(render(typed), shown));

test(`at most ${liveLimit} links and references of a post are live`, () => {
  const html = render('>>123 https://example.org/ '.repeat(40));
  assert.equal(html.match(/<a /g)?.length, liveLimit);
  assert.equal(findReferences(parseMarkup(Array.from({ length: 40 }, (_, no) => `x >>${no}`).join('\n'))).posts.length, liveLimit);
});

test('references are listed once each, and none of those in code', () => {
  const { posts, boards, runs } = findReferences(parseMarkup('x >>1 >>1 >>>/film/2 `>>3`\n```\n>>4\n```\n>a **b**\n>\n>>c\n>d'));
  assert.deepEqual(posts, [{ slug: null, no: 1 }, { slug: 'film', no: 2 }]);
  assert.deepEqual(boards, []);
  assert.deepEqual(runs, [{ block: 2, from: 0, lines: ['a b', ''] }, { block: 2, from: 3, lines: ['d'] }]);
});

test('a text is normalised for good: doing it again changes nothing', () => {
  const cases: [string, string][] = [
    ['\n\n a \r\nb\rc  \n\n', ' a\nb\nc'],
    ['e\u0301', 'é'],
    ['a\u0000\u0007\u009bb\tc', 'ab\tc'],
    ['abc\u202edcba\u2066x\u200fy', 'abcdcbaxy'],
    ['z\u200ba\ufeffl\u00adg\u2060o', 'zalgo'],
    [`a${'\u0301'.repeat(60)}`, 'á\u0301\u0301\u0301'],
    ['👨\u200d👩\u200d👧 \u200d\u200d x\u200d', '👨\u200d👩\u200d👧  x'],
    ['🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} a\u{e0061}\u{e0062}', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} a'],
    ['a\u2028b\u0085c', 'a\nb\nc'],
    [' \n\u3000\n', ''],
  ];
  for (const [typed, kept] of cases) {
    const once = normalizeText(typed);
    assert.equal(once, kept, JSON.stringify(typed));
    assert.equal(normalizeText(once), once);
  }
});

test('names and subjects are one line, and one that cannot be seen is none', () => {
  assert.equal(normalizeLine('  a \r\n b\t\u202ec '), 'a b c');
  for (const unseen of ['\u3164\u115f', '\u2800\u2800', ' \u200b\u00ad', '\u00a0']) assert.equal(normalizeLine(unseen), '');
});

test('NUL and halves of characters are told apart from everything that can be stored', () => {
  for (const bad of ['a\u0000', '\ud83d', 'x\ude00y']) assert.equal(hasForbiddenCharacter(bad), true);
  for (const good of ['a😀b', '\u{10ffff}', '\u0007', '']) assert.equal(hasForbiddenCharacter(good), false);
});

test('an excerpt has the words without the signs, and says nothing of what is hidden', () => {
  assert.equal(toPlainText('>>12 **a** ~~b~~ `c`\n>quoted *words*\n\n||the butler||, see ||**who**||'), '>>12 a b c\n>quoted words\n█████, see █████');
  assert.ok(!toPlainText('||a\n\nbutler\n\n>butler\n```\nbutler\n```\n||').includes('butler'));
});

test('a reference says where the post stands now, and is the typed text when it is hidden', () => {
  const stored = renderMarkup(parseMarkup('>>123\n>long enough words'), { ...live, matches: [{ block: 1, from: 0, to: 1, postId: 5, start: 2, end: 9 }] }).html;
  assert.equal(
    fillReferences(stored, () => ({ href: '/b/thread/1#p123', refText: '>>123 (OP)', srcText: 'No. 123 (OP)' })),
    '<p><a class="ref" href="/b/thread/1#p123">&gt;&gt;123 (OP)</a></p>\n<blockquote class="quote quote--src" data-range="2-9"><p>&gt;long enough words <a class="src" href="/b/thread/1#p123">No. 123 (OP)</a></p></blockquote>',
  );
  assert.equal(
    fillReferences(stored, () => undefined),
    '<p><span class="ref">&gt;&gt;123</span></p>\n<blockquote class="quote"><p>&gt;long enough words </p></blockquote>',
  );
});

test('marks of references cannot be typed', () => {
  const typed = '<a class="ref" data-post="5">x</a> <blockquote class="quote quote--src" data-post="5" data-range="1-2">';
  const html = render(typed);
  assert.equal(fillReferences(html, () => assert.fail('nothing refers to a post')), html);
});

test('an address stays in its attribute, even one that the reading of addresses would never let through', () => {
  const written = writeLeaf({ kind: 'link', href: 'https://example.org/"onmouseover="x"<b>', text: 'there', style: 0 }, live, () => '');
  assert.equal(written, link('https://example.org/&quot;onmouseover=&quot;x&quot;&lt;b&gt;', 'there'));
});
