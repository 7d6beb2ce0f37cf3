import type { Button, KnownBlock, Overflow, RichTextBlock } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import type { GroupReply } from '../../../src/core/alerts/group.ts';
import { alertMessage, alertReplyMessage, peopleInGroup } from '../../../src/slack/views/alert-message.ts';
import type { MessageContent } from '../../../src/slack/views/card-message.ts';
import { digestMessage } from '../../../src/slack/views/digest-message.ts';
import { alertCards, digests, groupView } from './sample-groups.ts';
import { now, shown } from './sample-views.ts';
import { seenText } from './seen-text.ts';

function elementsOf({ blocks }: { blocks: readonly KnownBlock[] }) {
  return blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
}

const labelsOf = (message: MessageContent) =>
  elementsOf(message)
    .filter((element): element is Button => element.type === 'button')
    .map(({ text }) => text.text);
const menuOf = (message: MessageContent) =>
  elementsOf(message)
    .filter((element): element is Overflow => element.type === 'overflow')
    .flatMap(({ options }) => options.map(({ text }) => text.text));

async function expectGolden(name: string, message: MessageContent): Promise<void> {
  expect(problemsOfBlocks(message.blocks)).toEqual([]);
  expect(message.text.length).toBeLessThanOrEqual(90);
  await expect(`${JSON.stringify(message, null, 2)}\n`).toMatchFileSnapshot(
    `../../golden/alert-${name}.json`,
  );
  await expect(seenText(message)).toMatchFileSnapshot(`../../golden/alert-${name}.txt`);
}

const seen = (name: string) => seenText(alertMessage(alertCards[name]!, shown));
const textOf = (changes: Parameters<typeof groupView>[0]) => alertMessage(groupView(changes), shown).text;

describe('alertMessage', () => {
  it.each(Object.entries(alertCards))('shows a group that is: %s', async (name, view) => {
    await expectGolden(name, alertMessage(view, shown));
  });

  it('begins the notification with the word, then whose it is, what, how many and where', () => {
    expect(textOf({})).toBe('CRITICAL payments-api: HighErrorRate, 3 firing (production)');
    expect(textOf({ group: { truncated: 9 } })).toBe(
      'CRITICAL payments-api: HighErrorRate, at least 3 firing (production)',
    );
    expect(textOf({ group: { firing: 1 } })).toBe('CRITICAL payments-api: HighErrorRate (production)');
    expect(textOf({ group: { state: 'resolved', resolved: 3, firing: 0 } })).toBe(
      'RESOLVED payments-api: HighErrorRate (production)',
    );
    expect(textOf({ group: { tenant: 'acme' } })).toBe(
      'CRITICAL acme · payments-api: HighErrorRate, 3 firing (production)',
    );
  });

  it('keeps how many and where in the notification of a long title', () => {
    const text = textOf({ group: { title: 'the queue of emails that wait '.repeat(20) } });
    expect(text).toMatch(/^CRITICAL payments-api: the queue of emails.*…, 3 firing \(production\)$/);
    expect(text.length).toBeLessThanOrEqual(90);
  });

  it('keeps where on the first line of a card with a long title', () => {
    const message = alertMessage(groupView({ group: { title: 'x'.repeat(1_000_000) } }), shown);
    expect(seenText(message).split('\n')[1]).toMatch(/^ {2}⛔ CRITICAL payments-api: x+… \(production\)$/);
  });

  it('does not repeat what the title says', () => {
    expect(textOf({ group: { title: 'payments-api is down in production' } })).toBe(
      'CRITICAL payments-api is down in production, 3 firing',
    );
    expect(textOf({ group: { title: 'apiserver is down', service: 'api' } })).toMatch(/^CRITICAL api: apis/);
  });

  it('has nothing in the notification that a client would make a link or a mention of', () => {
    const title = '@channel see https://evil.example/x, evil.example and mail me@evil.example';
    const { text } = alertMessage(groupView({ group: { title } }), shown);
    expect(text).not.toMatch(/[@<>]|\/\/|evil\.example/);
    expect(text).toContain('see https:/evil');
  });

  it('mentions whom it is told to, and nobody else', () => {
    const blocks = JSON.stringify(alertMessage(alertCards['first-critical']!, shown));
    expect(blocks.match(/"type":"(?:user|usergroup|broadcast|channel|mrkdwn)"/g)).toEqual([
      '"type":"user"',
      '"type":"usergroup"',
    ]);
    for (const view of Object.values(alertCards)) {
      const message = JSON.stringify(alertMessage({ ...view, mentions: [] }, shown));
      expect(message).not.toMatch(/"type":"(?:user|usergroup|broadcast|channel|mrkdwn)"/);
    }
  });

  it('calls sixteen and says how many it does not', () => {
    const mentions = Array.from({ length: 19 }, (_, index) => ({ user: `U0PERSON${index}` }));
    const message = alertMessage(groupView({ mentions }), shown);
    expect(JSON.stringify(message).match(/"type":"user"/g)).toHaveLength(16);
    expect(seenText(message)).toContain('and 3 not called');
  });

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'first-critical',
      ['Acknowledge', 'Start incident'],
      ['Silence…', 'Severity…', 'Escalate now', 'Close by hand', 'Raw'],
    ],
    [
      'suggestion',
      ['Acknowledge', 'Start incident', 'Resend 240 emails'],
      ['Silence…', 'Severity…', 'Escalate now', 'Close by hand', 'Raw'],
    ],
    ['acknowledged', ['Start incident'], ['Silence…', 'Severity…', 'Escalate now', 'Close by hand', 'Raw']],
    ['escalated', ['Acknowledge', 'Start incident'], ['Silence…', 'Severity…', 'Close by hand', 'Raw']],
    ['incident', [], ['Silence…', 'Severity…', 'Escalate now', 'Close by hand', 'Raw']],
    ['resolved', [], ['Start incident', 'Silence…', 'Raw']],
  ])('offers on %s: %j and in its menu %j', (name, labels, menu) => {
    const message = alertMessage(alertCards[name]!, shown);
    expect(labelsOf(message)).toEqual(labels);
    expect(menuOf(message)).toEqual(menu);
  });

  it('carries the id of the group and nothing else', () => {
    const [acknowledge, start, suggestion, menu] = elementsOf(alertMessage(alertCards.suggestion!, shown));
    expect(acknowledge).toMatchObject({ action_id: 'alert:acknowledge', value: '{"group":"g-7k2m9q4x"}' });
    expect(start).toMatchObject({ action_id: 'alert:start_incident', value: '{"group":"g-7k2m9q4x"}' });
    expect(suggestion).toMatchObject({ action_id: 'alert:suggestion', value: '{"group":"g-7k2m9q4x"}' });
    expect(menu).toMatchObject({
      action_id: 'alert:more',
      options: [
        { value: 'silence g-7k2m9q4x' },
        { value: 'severity g-7k2m9q4x' },
        { value: 'escalate g-7k2m9q4x' },
        { value: 'close g-7k2m9q4x' },
        { value: 'raw g-7k2m9q4x' },
      ],
    });
  });

  it('says how it ends where the source never does, and how it ended', () => {
    expect(seen('never-resolving')).toContain('Resolves after 60 min of quiet: sentry never says so');
    expect(seen('resolved-after-quiet')).toContain('Taken as resolved after 60 min of quiet');
    expect(seen('closed-by-hand')).toContain('Closed by hand by lin');
    expect(seen('resolved')).not.toContain('hand');
  });

  it('never has more than eight lines, and keeps the people, the silence and the links on them', () => {
    const text = seen('everything');
    for (const word of [
      'Called',
      'Acknowledged by grace',
      'Level 2 called',
      'Silenced until',
      'Incident thread',
    ])
      expect(text).toContain(word);
    // The notification and the row of buttons are no lines of the card.
    expect(text.trim().split('\n')).toHaveLength(1 + 8 + 1);
  });

  it.each([
    'javascript:alert(1)',
    'https://user:pass@evil.example/',
    'https://bank.example@evil.example/',
    'ftp://files.example/x',
    'not a url',
    '//evil.example',
    'https://',
    `https://example.com/${'x'.repeat(3_000)}`,
    'data:text/html,<script>',
  ])('drops the link %s', (url) => {
    const message = alertMessage(groupView({ group: { links: [{ label: 'Rule', url }] } }), shown);
    expect(JSON.stringify(message)).not.toMatch(/"type":"link"|Rule/);
  });

  it('shows beside a link the host it leads to, in letters that cannot be mistaken', () => {
    const links = [{ label: 'Rule', url: 'https://exаmple.com/a|b' }];
    const message = alertMessage(groupView({ group: { links } }), shown);
    expect(JSON.stringify(message)).toContain('"url":"https://xn--exmple-4nf.com/a%7Cb"');
    expect(seenText(message)).toContain('(xn--exmple-4nf.com)');
  });
});

describe('alertReplyMessage', () => {
  const replies: Readonly<Record<string, GroupReply>> = {
    worse: { kind: 'worse', from: 'warning', to: 'critical' },
    reopened: { kind: 'reopened' },
    escalated: { kind: 'escalated', because: 'unacknowledged' },
    'escalated-by-hand': { kind: 'escalated', because: 'by_hand', by: 'U0LIN' },
  };
  const calls = [{ usergroup: 'S0LEVEL2' }, { user: 'U0KIM' }];

  it.each(Object.entries(replies))('says in the thread: %s', async (name, reply) => {
    await expectGolden(`reply-${name}`, alertReplyMessage(reply, groupView(), calls, shown));
  });

  it('calls first of all those it is told to call', () => {
    const { blocks } = alertReplyMessage(replies.worse!, groupView(), calls, shown);
    const [block] = blocks as RichTextBlock[];
    expect(block!.elements[0]!.elements.slice(0, 5)).toMatchObject([
      { type: 'usergroup', usergroup_id: 'S0LEVEL2' },
      { type: 'text', text: ' ' },
      { type: 'user', user_id: 'U0KIM' },
      { type: 'text', text: ' ' },
      { type: 'text', text: '⛔ CRITICAL now, was WARNING: payments-api: HighErrorRate (production)' },
    ]);
  });

  it('calls many in lines before its words', () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ user: `U0PERSON${index}` }));
    const message = alertReplyMessage(replies.worse!, groupView(), many, shown);
    expect(JSON.stringify(message).match(/"type":"user"/g)).toHaveLength(12);
    expect(seenText(message)).toContain(
      '⛔ CRITICAL now, was WARNING: payments-api: HighErrorRate (production)',
    );
  });

  it('begins its notification with the word', () => {
    const text = (reply: GroupReply) => alertReplyMessage(reply, groupView(), calls, shown).text;
    expect(text(replies.worse!)).toBe('CRITICAL now, was WARNING: payments-api: HighErrorRate (production)');
    expect(text(replies.reopened!)).toBe('CRITICAL again: payments-api: HighErrorRate (production)');
    expect(text(replies.escalated!)).toBe(
      'CRITICAL level 2 called: payments-api: HighErrorRate (production)',
    );
  });
});

describe('digestMessage', () => {
  it.each(Object.entries(digests))('stands for many groups: %s', async (name, view) => {
    await expectGolden(`digest-${name}`, digestMessage(view));
  });
});

describe('peopleInGroup', () => {
  it('is everyone a card, a form or a reply names', () => {
    const view = groupView({
      group: { acknowledgedBy: 'U0GRACE', severitySetBy: 'U0LIN', resolvedBy: 'U0SAM' },
      silence: { owner: 'U0PAT', until: now, reason: 'x' },
    });
    expect(peopleInGroup(view, { kind: 'escalated', because: 'by_hand', by: 'U0KIM' }).sort()).toEqual([
      'U0GRACE',
      'U0KIM',
      'U0LIN',
      'U0PAT',
      'U0SAM',
    ]);
  });
});
