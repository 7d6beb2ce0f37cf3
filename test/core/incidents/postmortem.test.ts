import { describe, expect, it } from 'vitest';
import { postmortemDraft } from '../../../src/core/incidents/postmortem.ts';
import { parseReceipt } from '../../../src/core/ledger/receipt.ts';
import fc from '../../support/properties.ts';
import { at, nothingKnown, runbookOf, saying, sevOneNight, small } from './incident-record.ts';
import { marksIn } from './markdown-judge.ts';

const hostileText = [
  '# Resolved\n## Summary\n- [x] done',
  '1. [click](https://evil.example "t") ![i](http://evil.example/i.png) <https://evil.example>',
  'https://evil.example www.evil.example a@evil.example|b @channel <!channel> <@U0ADA> #12',
  '<script>alert(1)</script> <!-- &lt; &#x3c; | a | b |',
  '| --- | --- |',
  '``` ```` `code` \\` \\ *bold* _em_ snake_case ~~gone~~ $x$ [^1]: [ref]: http://e.example',
  '    indented\n\tcode\n> quoted\n===\n---\n+ item',
  'admin\u202egnp.exe \u0007\u001b[31m nul\u0000 zero\u200bwidth שלום',
  'x'.repeat(4_000),
].join('\n');

describe('the draft of a postmortem', () => {
  it.each([
    ['sev1-night', sevOneNight()],
    ['small', small()],
    ['nothing-known', nothingKnown()],
    ['hostile', saying(hostileText.slice(0, 420))],
  ])('of %s reads as its golden file says', async (name, record) => {
    await expect(postmortemDraft(record).markdown).toMatchFileSnapshot(`../../golden/postmortem-${name}.md`);
  });

  it('is named for the incident and its day', () => {
    expect(postmortemDraft(small()).filename).toBe('postmortem-i-7k2m9q4x-2026-11-20.md');
  });

  it('cites a ledger entry on every line of its timeline and of its actions', () => {
    const record = sevOneNight();
    const lines = section(postmortemDraft(record).markdown, 'Timeline').filter((line) =>
      line.startsWith('- '),
    );
    const cited = lines.map((line) => parseReceipt(/`([^`]+)`$/.exec(line)?.[1] ?? '')?.seq);
    expect(cited).toEqual(record.timeline.map(({ seq }) => seq));
    const actions = section(postmortemDraft(record).markdown, 'Actions').filter((line) => line !== '');
    expect(actions.every((line) => parseReceipt(/`([^`]+)`$/.exec(line)?.[1] ?? '') !== undefined)).toBe(
      true,
    );
  });

  it('names who did what where the sentence does not', () => {
    const [note] = section(postmortemDraft(sevOneNight()).markdown, 'Timeline').filter((line) =>
      line.includes('A note was added'),
    );
    expect(note).toContain(' · Linus Berg · A note was added · [message](');
  });

  it('says how long after the first alert each thing happened, and what is not known', () => {
    const rows = section(postmortemDraft(sevOneNight()).markdown, 'Detection and response');
    expect(rows.slice(3)).toEqual([
      '| First alert | 2026-11-20 18:14:30 UTC | the beginning |',
      '| Detected (people were called) | 2026-11-20 18:15:00 UTC | less than a minute after |',
      '| Acknowledged | 2026-11-20 18:17:02 UTC | 2 minutes after |',
      '| Declared | 2026-11-20 18:21:05 UTC | 6 minutes after |',
      '| First change | 2026-11-20 18:27:50 UTC | 13 minutes after |',
      '| Resolved | 2026-11-20 19:02:41 UTC | 48 minutes after |',
    ]);
    const early = { ...sevOneNight(), incident: { ...sevOneNight().incident, declaredAt: at('16:10:00') } };
    expect(postmortemDraft(early).markdown).toContain(
      '| Declared | 2026-11-20 16:10:00 UTC | 2 hours 4 minutes before |',
    );
    const unknown = section(postmortemDraft(nothingKnown()).markdown, 'Detection and response');
    expect(unknown.filter((row) => row.endsWith('| not known | not known |'))).toHaveLength(5);
  });

  it('asks to rotate credentials and to list the data after a security incident only', () => {
    const record = { ...sevOneNight(), runbooks: [runbookOf('security-incident')] };
    expect(postmortemDraft(record).markdown).toContain('- [ ] Rotate every credential');
    expect(postmortemDraft(sevOneNight()).markdown).not.toContain('Rotate every credential');
  });

  it('has nothing open about what is closed', () => {
    const open = section(postmortemDraft(small()).markdown, 'Follow-ups').filter((line) => line !== '');
    expect(open).toHaveLength(4);
  });

  it('asks for the review of a broken glass, and why it was resolved all the same', () => {
    const night = sevOneNight();
    const { resolution } = night.incident;
    const broken = {
      ...night,
      incident: {
        ...night.incident,
        origin: 'break_glass' as const,
        resolution: { ...resolution!, override: 'probes are flaky' },
      },
    };
    const tasks = section(postmortemDraft(broken).markdown, 'Follow-ups').join('\n');
    expect(tasks).toContain('Review the broken glass');
    expect(tasks).toContain('resolved all the same: “probes are flaky”');
  });
});

describe('the judge of these tests', () => {
  it.each([
    ['# a heading', '#'],
    ['- a task', '-'],
    ['12. an item', '1.'],
    ['a [link](x)', '[]'],
    ['<b> and &lt;', '&lt;<>'],
    ['an https://address', '://'],
    ['an _emphasis_ in snake_case', '__'],
    ['`` unclosed `code` ``', ''],
    ['`open', '`'],
    ['| a | `b|c` | d\\|e |', '5||||'],
    ['\\[escaped\\] and `[code](x)`', ''],
  ])('sees what %j means', (line, marks) => {
    expect(marksIn(line)).toBe(marks);
  });
});

describe('outside text in the draft', () => {
  const harmless = structure('word');

  it('cannot make a heading, a link, a list item, a table or HTML', () => {
    expect(structure(hostileText)).toEqual(harmless);
  });

  it('cannot, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(...hostileText.split(/[\n ]/)),
      fc.constantFrom(
        '#',
        '-',
        '1.',
        '`',
        '``',
        '\\',
        '|',
        '[',
        '](',
        ')',
        '<',
        '>',
        '_',
        '*',
        '~',
        '&amp;',
        '\n',
        '\t',
        ' ',
        '  \n',
        '@',
        '://',
        '!',
        ':',
        '=',
        '\u2028',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => `a${pieces.join('')}`),
        (text) => {
          expect(structure(text)).toEqual(harmless);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is cut where it is longer than anybody writes', () => {
    const { markdown } = postmortemDraft(saying('y'.repeat(100_000)));
    expect(Math.max(...markdown.split('\n').map((line) => line.length))).toBeLessThan(15_000);
  });

  it('shows what has no glyph', () => {
    const { markdown } = postmortemDraft(saying('a\u202eb\u0007c\u200bd'));
    expect(markdown).toContain('a�b�c�d');
    for (const unseen of ['\u202e', '\u0007', '\u200b']) expect(markdown).not.toContain(unseen);
  });

  it('keeps a link of ours whole, and turns none of another kind into one', () => {
    const night = sevOneNight();
    const linked = (headlineLink: string) => postmortemDraft({ ...night, headlineLink }).markdown;
    expect(linked('https://acme.slack.com/a)b|c')).toContain('[in Slack](https://acme.slack.com/a%29b%7Cc)');
    expect(linked('javascript:alert(1)')).not.toContain('javascript');
  });
});

/** What a renderer makes of the draft, line by line; people's own lines may be as many as they wrote, and mean nothing. */
function structure(text: string): string[] {
  const lines = postmortemDraft(saying(text)).markdown.split('\n');
  const own = lines.filter((line) => line.startsWith('  >'));
  expect(own.map((line) => marksIn(line.replace(/^ {2}> ?/, ''))).filter((marks) => marks !== '')).toEqual(
    [],
  );
  return lines.filter((line) => !line.startsWith('  >')).map(marksIn);
}

function section(markdown: string, heading: string): string[] {
  const [, after = ''] = markdown.split(`\n## ${heading}\n`);
  return after.split('\n## ')[0]!.trimEnd().split('\n');
}
