import { describe, expect, test } from 'vitest';
import { isActive } from '../../../workers/tools/cms/active.ts';
import { foundDraft, foundState, foundTexts, LAST } from '../../../workers/tools/cms/find.ts';
import { differing, keepable } from '../../../shared/tool/texts.ts';

import { postsOf, siteOf } from '../../../workers/tools/cms/site.ts';
import { instant, versionOf, type Post } from '../../../workers/tools/cms/wordpress.ts';

describe('active content', () => {
  test.each([
    '',
    'Plain words, 3 < 4 and 4 > 3, a&b',
    '<p class="lead">Hello <strong>you</strong>,<br/>new.</p>',
    '<!-- wp:paragraph {"align":"left"} --><p>Block</p><!-- /wp:paragraph -->',
    '<a href="https://acme.example/?a=1&amp;b=2" title="x" rel="nofollow">link</a>',
    "<a href='/about'>us</a> <a href='#top'>up</a> <a href='mailto:a@b.example'>mail</a>",
    '<img src="https://acme.example/a.png" alt="a &gt; b" width="10">',
    '<h2>春</h2><ul><li>一</li></ul>',
    'It says [sic] so, see [1] and [the annex].',
    '<!-- wp:core/heading --><h2>New</h2><!-- /wp:core/heading -->',
  ])('%j is writing', (html) => {
    expect(isActive(html)).toBe(false);
  });

  test.each([
    '<script>x()</script>',
    '<ScRiPt src=//evil.example></sCrIpT>',
    '<p onclick="x()">a</p>',
    '<img src=x onerror=x()>',
    '<img src="x" onerror="x()">',
    '<iframe src="https://films.example"></iframe>',
    '<a href="javascript:x()">a</a>',
    '<a href="&#106;avascript:x()">a</a>',
    '<a href=" javascript:x()">a</a>',
    '<a href="data:text/html,x">a</a>',
    '<a href=javascript:x()>a</a>',
    '<svg/onload=x()>',
    '<svg><animate onbegin=x()></svg>',
    '<form action="https://evil.example"><input></form>',
    '<p style="background:url(//evil.example)">a</p>',
    '<style>p{}</style>',
    '<meta http-equiv="refresh" content="0">',
    '<base href="https://evil.example/">',
    '<p',
    '<!-- --!><script>x()</script> -->',
    '<!--><script>x()</script>-->',
    '<p title="><script>x()</script>">',
    '<scr<script>ipt>x()',
    '<scr<!-- -->ipt>x()</scr<!-- -->ipt>',
    '</p onclick=x()>',
    '<?xml x?>',
    '<custom-element></custom-element>',
    '[embed]https://films.example/1[/embed]',
    '[video src="https://evil.example/a.mp4"]',
    '[contact-form-7 id="1"]',
    '[gallery]',
    '[run_code]',
    '<!-- wp:rss {"feedURL":"https://evil.example"} /-->',
    '<!--wp:acme/widget /-->',
    '<!-- wp:embed {"url":"https://films.example/1"} --><p></p><!-- /wp:embed -->',
    '<p\u0000onclick=x()>a</p>',
    '<img/src="https://acme.example/a.png"/onerror="x()">',
  ])('%j is active', (html) => {
    expect(isActive(html)).toBe(true);
  });

  test('a long text that nearly fits is judged at once', () => {
    const started = performance.now();
    isActive('<p ' + 'a '.repeat(50_000));
    isActive('<!--'.repeat(25_000));
    isActive('<a href="'.repeat(11_000));
    isActive('[a '.repeat(33_000));
    isActive('<!-- wp:'.repeat(12_000));
    // Seconds would be a pattern that backtracks; this bound is far from what it takes.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("WordPress's times", () => {
  test.each([
    ['2026-01-15T09:00:00', '2026-01-15T09:00:00Z'],
    ['0000-00-00T00:00:00', null],
    ['0001-01-01T00:00:00', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('%j is %j', (time, expected) => {
    expect(instant(time)).toBe(expected);
  });
});

describe('the folder that WordPress is in', () => {
  test('is the root unless a setting names another, to any depth that is reasonable', () => {
    const root = '/wp-json/wp/v2/posts';
    expect([postsOf({}), postsOf({ WORDPRESS_PATH: '' })]).toEqual([root, root]);
    expect(postsOf({ WORDPRESS_PATH: '/blog' })).toBe(`/blog${root}`);
    expect(postsOf({ WORDPRESS_PATH: '/de/our_blog-2' })).toBe(`/de/our_blog-2${root}`);
  });

  test.each([
    'blog',
    '/',
    '/blog/',
    '//evil.example',
    '/..',
    '/a/../b',
    '/a?b',
    '/a#b',
    '/%2e%2e',
    '/a b',
    '/.x',
  ])('%j is none: nothing is asked', (WORDPRESS_PATH) => {
    expect(postsOf({ WORDPRESS_PATH })).toBeUndefined();
  });
});

describe('texts that can be kept', () => {
  test('are those that an answer has room for, counted in bytes and not in characters', () => {
    const of = (content: string) => ({ content });
    expect(keepable(of('x'.repeat(60_000)), of('x'.repeat(100_000)))).toBe(true);
    expect(keepable(of('あ'.repeat(60_000)), of(''))).toBe(false);
    expect(keepable(of(''), of('あ'.repeat(60_000)))).toBe(false);
  });
});

describe('the site', () => {
  const live = (VENDOR_ORIGIN?: string) =>
    siteOf({ VENDOR_MODE: 'live', ...(VENDOR_ORIGIN !== undefined && { VENDOR_ORIGIN }) });

  test('is the one of the setting, if that is a plain https origin', () => {
    expect(live('https://www.acme.test')).toBe('https://www.acme.test');
  });

  test.each([
    undefined,
    '',
    'http://www.acme.test',
    'https://www.acme.test/',
    'https://www.acme.test/blog',
    'https://user:pw@www.acme.test',
    'www.acme.test',
    'javascript:x',
  ])('%j is no site: the tool refuses', (origin) => {
    expect(live(origin)).not.toBe(origin ?? '');
  });
});

describe('what WordPress shows of a call later', () => {
  const since = Date.parse('2026-11-22T09:00:00Z');
  const ok = <T>(data: T) => ({ ok: true as const, status: 200, data });
  const no = { ok: false as const, status: 500, outcome: { kind: 'lapsed' as const } };
  const raw = (text: string) => ({ raw: text });
  const post: Post = {
    id: 7,
    status: 'draft',
    title: raw('T'),
    content: raw('C'),
    excerpt: raw(''),
    modified_gmt: '2026-11-22T09:00:01',
  };
  const old = { ...post, id: 6, modified_gmt: '2026-11-22T08:00:00' };
  const wanted = { title: 'T', content: 'C' };

  test('a draft is the one that was changed since and says this; none changed since is none written', () => {
    expect(foundDraft(ok([post, old]), wanted, since)).toMatchObject({ output: { post: 7 } });
    expect(foundDraft(ok([old]), wanted, since)).toMatchObject({ kind: 'failed' });
    expect(foundDraft(ok([]), wanted, since)).toMatchObject({ kind: 'failed' });
  });

  test('another text, a twin, a full page or no answer tell nothing', () => {
    expect(foundDraft(ok([{ ...post, content: raw('C, cleaned') }]), wanted, since)).toBeNull();
    expect(foundDraft(ok([post, { ...post, id: 8 }]), wanted, since)).toBeNull();
    const others = Array.from({ length: LAST - 1 }, (_, n) => ({ ...post, id: 100 + n, title: raw('x') }));
    expect(foundDraft(ok([post, ...others]), wanted, since)).toBeNull();
    expect(foundDraft(no, wanted, since)).toBeNull();
  });

  test('texts are written when the post says so, and not when nothing changed it since', () => {
    expect(foundTexts(ok(old), wanted, since)).toMatchObject({ kind: 'succeeded' });
    expect(foundTexts(ok(old), { title: 'New' }, since)).toMatchObject({ kind: 'failed' });
    expect(foundTexts(ok(post), { title: 'New' }, since)).toBeNull();
    const { modified_gmt: _, ...timeless } = post;
    expect(foundTexts(ok(timeless), { title: 'New' }, since)).toBeNull();
  });

  test('a state that is neither the one nor the other tells nothing', () => {
    const told = (status: string) => foundState(ok({ ...post, status }), ['publish'], ['draft'], () => ({}));
    expect([told('publish')?.kind, told('draft')?.kind, told('trash')]).toEqual([
      'succeeded',
      'failed',
      null,
    ]);
  });

  test('a version is of the texts and of nothing else', () => {
    expect(versionOf(post)).toBe(versionOf({ ...old, excerpt: raw('') }));
    expect(versionOf(post)).not.toBe(versionOf({ ...post, title: raw('TC'), content: raw('') }));
  });
});

describe('what a preview shows of texts', () => {
  test('short ones whole, and only those that are to change', () => {
    const texts = { title: 'New' };
    expect(differing({ title: 'Old' }, texts)).toEqual({
      before: { title: 'Old' },
      after: { title: 'New' },
      cut: false,
    });
  });

  test('long ones from a little before they differ, wherever that is', () => {
    const long = 'x'.repeat(90_000);
    const { before, after, cut } = differing({ content: `${long}old` }, { content: `${long}new` });
    expect(cut).toBe(true);
    expect(before.content).toBe(`${'x'.repeat(200)}old`);
    expect(after.content).toBe(`${'x'.repeat(200)}new`);
    expect(differing({ content: long }, { content: long }).after.content).toHaveLength(200);
  });
});
