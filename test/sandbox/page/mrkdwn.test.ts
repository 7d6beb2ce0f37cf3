import { describe, expect, it } from 'vitest';
import { type Inline, isWebLink, parseInline, parseMrkdwn } from '../../../sandbox/page/text/mrkdwn.ts';

/** A tree as one line: `bold(a)`, `link(url|label)`. */
function outline(inlines: Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.kind === 'text') return inline.text;
      if ('children' in inline) return `${inline.kind}(${outline(inline.children)})`;
      if (inline.kind === 'code') return `code(${inline.text})`;
      if (inline.kind === 'link') return `link(${inline.url}|${inline.label})`;
      if (inline.kind === 'broadcast') return `broadcast(${inline.range})`;
      if (inline.kind === 'date') return `date(${inline.timestamp}|${inline.format}|${inline.fallback})`;
      return `${inline.kind}(${inline.id})`;
    })
    .join('');
}

const inline = (text: string) => outline(parseInline(text));

describe('mrkdwn emphasis', () => {
  it.each([
    ['*bold* _italic_ ~gone~', 'bold(bold) italic(italic) strike(gone)'],
    ['*_both_*', 'bold(italic(both))'],
    ['*bold `code*` still*', 'bold(bold code(code*) still)'],
    ['(*bold*), then', '(bold(bold)), then'],
    ['*<@U0ADA>* signed', 'bold(user(U0ADA)) signed'],
  ])('formats %s', (source, expected) => {
    expect(inline(source)).toBe(expected);
  });

  it.each([
    'a*b*c',
    'snake_case_name',
    '* not bold *',
    '*open',
    '2 * 3 * 4',
    '*over\ntwo lines*',
    '**',
    'é*x*',
  ])('leaves %j as it is', (source) => {
    expect(inline(source)).toBe(source);
  });

  it('reads 40,000 unpaired delimiters without slowing down', () => {
    const source = '*a _b ~c '.repeat(4500);
    const before = performance.now();
    expect(inline(source)).toBe(source);
    expect(performance.now() - before).toBeLessThan(1500);
  });
});

describe('mrkdwn tokens', () => {
  it.each([
    ['<@U0ADA>', 'user(U0ADA)'],
    ['<@W0ADA|ada>', 'user(W0ADA)'],
    ['<#C0OPS|ops>', 'channel(C0OPS)'],
    ['<!subteam^S0ONCALL>', 'usergroup(S0ONCALL)'],
    ['<!here> <!channel> <!everyone>', 'broadcast(here) broadcast(channel) broadcast(everyone)'],
    ['<https://e.com/?a=1&amp;b=2|here &lt;3>', 'link(https://e.com/?a=1&b=2|here <3)'],
    ['<https://e.com>', 'link(https://e.com|https://e.com)'],
    ['<!date^1795198500^{time} {date}|18:15 UTC>', 'date(1795198500|{time} {date}|18:15 UTC)'],
  ])('reads %s', (source, expected) => {
    expect(inline(source)).toBe(expected);
  });

  it.each([
    '<javascript:alert(1)|click>',
    '<data:text/html,x|click>',
    '<file:///etc/passwd>',
    '<//evil.example|click>',
    '<!unknown>',
    '<@not-an-id>',
    '<b>bold</b>',
    '<https://>',
  ])('shows %s as plain text', (source) => {
    expect(inline(source)).toBe(source);
  });

  it('drops an address that is no web link from a date', () => {
    const [date] = parseInline('<!date^1^{time}^javascript:alert(1)|x>');
    expect(date).toEqual({ kind: 'date', timestamp: 1, format: '{time}', fallback: 'x' });
  });

  it('keeps what the app escaped harmless', () => {
    expect(inline('&lt;!channel&gt; &lt;@U0ADA&gt; &lt;https://e|x&gt;')).toBe(
      '<!channel> <@U0ADA> <link(https://e|https://e)|x>',
    );
  });

  it('undoes entities once', () => {
    expect(inline('&amp;lt;b&amp;gt; &amp;amp;')).toBe('&lt;b&gt; &amp;');
  });
});

describe('bare addresses and names', () => {
  it('links a URL without the punctuation after it', () => {
    expect(inline('see https://e.com/a_b_c.')).toBe('see link(https://e.com/a_b_c|https://e.com/a_b_c).');
  });

  it('leaves URLs alone in verbatim text', () => {
    expect(outline(parseInline('https://e.com', { linkUrls: false }))).toBe('https://e.com');
  });

  it('notifies for a bare @here only where Slack would', () => {
    expect(outline(parseInline('@here mail@here.com', { linkNames: true }))).toBe(
      'broadcast(here) mail@here.com',
    );
    expect(inline('@here')).toBe('@here');
  });
});

describe('mrkdwn lines', () => {
  it('separates fenced code, quotes and text', () => {
    const blocks = parseMrkdwn('before\n&gt; one\n&gt; two\nafter\n```*x* &lt;b&gt;\n```');
    expect(
      blocks.map((block) => [
        block.kind,
        block.kind === 'preformatted' ? block.text : outline(block.children),
      ]),
    ).toEqual([
      ['text', 'before'],
      ['quote', 'one\ntwo'],
      ['text', 'after\n'],
      ['preformatted', '*x* <b>'],
    ]);
  });

  it('quotes everything after >>>', () => {
    const [block] = parseMrkdwn('&gt;&gt;&gt; one\ntwo');
    expect(block).toMatchObject({ kind: 'quote' });
  });

  it('shows an unclosed fence as text', () => {
    expect(parseMrkdwn('a ```b')).toHaveLength(2);
    expect(parseMrkdwn('```')).toEqual([{ kind: 'text', children: [{ kind: 'text', text: '```' }] }]);
  });
});

describe('isWebLink', () => {
  it.each(['http://e.com', 'HTTPS://E.com/x'])('accepts %s', (url) => expect(isWebLink(url)).toBe(true));
  it.each(['javascript:alert(1)', ' https://e.com', 'https//e', 'ftp://e.com', ''])('refuses %j', (url) =>
    expect(isWebLink(url)).toBe(false),
  );
});
