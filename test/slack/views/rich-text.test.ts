import { describe, expect, it } from 'vitest';
import { problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import type { Line } from '../../../src/core/text.ts';
import {
  escapeText,
  notificationText,
  richText,
  richTextBlocks,
} from '../../../src/slack/views/rich-text.ts';
import fc from '../../support/properties.ts';
import { hostileLine, stringsIn } from './hostile-text.ts';

function elementsOf(lines: readonly Line[], nameOf?: (id: string) => string | undefined) {
  const [section] = richText(lines, { limit: 200, nameOf })?.elements ?? [];
  return section?.type === 'rich_text_section' ? section.elements : [];
}

describe('richText', () => {
  it('gives each kind of span its own element', () => {
    const at = new Date('2026-11-20T18:15:22.700Z');
    expect(
      elementsOf(
        [
          [{ bold: 'intact' }, ' ', { code: 'acme' }, { italic: 'so far' }],
          [{ user: 'U0ADA' }, { person: 'U0LIN' }, { channel: 'C0OPS' }, { date: at }],
          [{ link: 'https://x.example/a', label: 'runbook' }],
        ],
        (id) => ({ U0LIN: 'lin' })[id],
      ),
    ).toEqual([
      { type: 'text', text: 'intact', style: { bold: true } },
      { type: 'text', text: ' ' },
      { type: 'text', text: 'acme', style: { code: true } },
      { type: 'text', text: 'so far', style: { italic: true } },
      { type: 'text', text: '\n' },
      { type: 'user', user_id: 'U0ADA' },
      { type: 'text', text: 'lin' },
      { type: 'channel', channel_id: 'C0OPS' },
      {
        type: 'date',
        timestamp: 1795198522,
        format: '{date_num} {time_secs}',
        fallback: '2026-11-20 18:15:22 UTC',
      },
      { type: 'text', text: '\n' },
      { type: 'link', url: 'https://x.example/a', text: 'runbook' },
    ]);
  });

  it('keeps outside text in text elements, whatever it looks like', () => {
    const hostile = '<!channel> <@U0ADA> <https://evil.example|click> *x*';
    expect(elementsOf([hostile])).toEqual([{ type: 'text', text: hostile }]);
  });

  it('shows the name of a person without mentioning them', () => {
    expect(elementsOf([[{ person: 'U0ADA' }]])).toEqual([{ type: 'text', text: 'U0ADA' }]);
  });

  it.each(['javascript:alert(1)', 'https://x.example/a|b', 'slack://open', 'https://', 'not a link'])(
    'makes no link of %j',
    (link) => {
      expect(elementsOf([[{ link, label: 'label' }]])).toEqual([{ type: 'text', text: 'label' }]);
    },
  );

  it('makes no mention of an id that is none', () => {
    expect(
      elementsOf([[{ user: '!channel' }, { channel: 'C0 OPS' }]]).map((element) => element.type),
    ).toEqual(['text', 'text']);
  });

  it('makes hidden characters visible', () => {
    expect(elementsOf(['ad\u200bmin\u202e\u0007 a\nb'])).toEqual([{ type: 'text', text: 'ad�min�� a b' }]);
  });

  it('reads dates of a report that came back from the database as text', () => {
    const stored = JSON.parse(JSON.stringify([{ date: new Date(0) }])) as Line;
    expect(elementsOf([stored])).toMatchObject([{ type: 'date', timestamp: 0 }]);
  });

  it('shows a date that is none, or that Slack cannot take, as text', () => {
    expect(elementsOf([[{ date: new Date(Number.NaN) }]])).toEqual([
      { type: 'text', text: 'an unknown time' },
    ]);
    expect(elementsOf([[{ date: new Date('1969-07-20T20:17:40Z') }]])).toEqual([
      { type: 'text', text: '1969-07-20 20:17:40 UTC' },
    ]);
  });

  it('cuts a long line with an ellipsis and keeps what comes first', () => {
    const [element] = elementsOf(['important '.repeat(100)]);
    expect(element).toMatchObject({ type: 'text', text: expect.stringMatching(/^important .*…$/) });
    expect(stringsIn(element).join('')).toHaveLength(200 + 'text'.length);
  });

  it('says that lines are missing when a block is full, and opens another where it may', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(190)}`);
    expect(elementsOf(lines).at(-1)).toEqual({ type: 'text', text: '\n…' });
    expect(
      stringsIn(richTextBlocks(lines, { limit: 200 }, 10)).filter((text) => /^\d/.test(text)),
    ).toHaveLength(40);
  });

  it('is nothing when there is nothing to show', () => {
    expect(richText(['', []], { limit: 200 })).toBeUndefined();
  });

  it('stays inside what Slack takes for any lines', () => {
    fc.assert(
      fc.property(fc.array(hostileLine, { maxLength: 12 }), (lines) => {
        const block = richText(lines, { limit: 200 });
        if (!block) return;
        expect(problemsOfBlocks([block])).toEqual([]);
        const texts = stringsIn(block);
        expect(texts.join('').length).toBeLessThan(5000);
        for (const text of texts) {
          expect(text.isWellFormed()).toBe(true);
          expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('notificationText', () => {
  it.each([
    ['✓ intact: acme', '✓ intact: acme'],
    ['a <!channel> & b', 'a &lt;!channel&gt; &amp; b'],
    ['', '…'],
  ])('writes %j as %j', (line, text) => {
    expect(notificationText(line)).toBe(text);
  });

  it('names people, never mentions them', () => {
    expect(notificationText(['asked by ', { user: 'U0ADA' }], () => 'ada')).toBe('asked by @ada');
  });

  it('cuts after a whole word', () => {
    const text = notificationText(`✗ broken: ${'altered record '.repeat(20)}`);
    expect(text).toMatch(/^✗ broken: (altered record )*altered( record)?…$/);
    expect(text.length).toBeGreaterThan(75);
  });

  it('cuts a word that never ends where the room ends', () => {
    expect(notificationText('x'.repeat(500))).toBe(`${'x'.repeat(89)}…`);
    expect(notificationText('😀'.repeat(500))).toBe(`${'😀'.repeat(44)}…`);
  });

  it('never cuts an escape in two and is never too long', () => {
    fc.assert(
      fc.property(hostileLine, (line) => {
        const text = notificationText(line);
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThanOrEqual(90);
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt);)|[\u202e\p{Cc}]/u);
      }),
      { numRuns: 500 },
    );
  });
});

describe('escapeText', () => {
  it('escapes the ampersand first', () => {
    expect(escapeText('<&lt;>')).toBe('&lt;&amp;lt;&gt;');
  });
});
