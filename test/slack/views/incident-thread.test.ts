import { describe, expect, it } from 'vitest';
import { problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import type { IncidentTold } from '../../../src/core/cards/incident-told-lines.ts';
import type { MessageContent } from '../../../src/slack/views/card-message.ts';
import { gatheredMessage, incidentLogMessage } from '../../../src/slack/views/incident-thread.ts';
import { incidentToldMessage } from '../../../src/slack/views/incident-told-message.ts';
import { judgeMessage } from '../judge-message.ts';
import {
  deeds,
  entry,
  gathered,
  hostileIncident,
  incidentCards,
  type incidentView,
  nastyText,
} from './sample-incidents.ts';
import { later, shown } from './sample-views.ts';
import { seenText } from './seen-text.ts';

async function expectGolden(name: string, message: MessageContent): Promise<void> {
  expect(problemsOfBlocks(message.blocks)).toEqual([]);
  expect(judgeMessage(JSON.stringify(message)).problems).toEqual([]);
  await expect(`${JSON.stringify(message, null, 2)}\n`).toMatchFileSnapshot(
    `../../golden/incident-${name}.json`,
  );
  await expect(seenText(message)).toMatchFileSnapshot(`../../golden/incident-${name}.txt`);
}

const logOf = (...entries: Parameters<typeof incidentLogMessage>[0]) => incidentLogMessage(entries, shown)!;
const linesOf = (message: MessageContent) => seenText(message).trim().split('\n').slice(1);
const mentionsOf = (message: MessageContent) => judgeMessage(JSON.stringify(message)).mentions;
const linksOf = (message: MessageContent) => judgeMessage(JSON.stringify(message)).links;

describe('gatheredMessage', () => {
  it('shows what was looked up, a line each', async () => {
    await expectGolden('gathered', gatheredMessage(gathered));
    expect(linesOf(gatheredMessage(gathered))).toHaveLength(7);
  });

  it('says that nothing was, or that nothing is bad', async () => {
    await expectGolden('gathered-nothing', gatheredMessage({ ...gathered, parts: [] }));
    expect(gatheredMessage({ ...gathered, parts: gathered.parts.slice(1, 3) }).text).toBe(
      'Looked up: nothing bad',
    );
  });

  it('never shows what could not be read as fine', () => {
    const message = gatheredMessage({
      ...gathered,
      parts: [{ kind: 'health', status: 'unknown', lines: [] }],
    });
    expect(linesOf(message)[1]!.trim()).toBe('? Health unknown: nothing');
    expect(message.text).toBe('Looked up: Health unknown');
  });

  it('shows something of each line, however long the first is', () => {
    const lines = ['x'.repeat(5_000), 'second', 'third', 'fourth'];
    const message = gatheredMessage({ ...gathered, parts: [{ kind: 'runs', status: 'info', lines }] });
    expect(linesOf(message)[1]).toMatch(/x{30,}… · second · third$/);
    const nasty = gatheredMessage({
      ...gathered,
      parts: [{ kind: 'runs', status: 'bad', lines: [nastyText] }],
    });
    expect(judgeMessage(JSON.stringify(nasty))).toMatchObject({ problems: [], mentions: [], links: [] });
  });
});

describe('incidentLogMessage', () => {
  it('says who did what, in whose words and with which receipt', async () => {
    await expectGolden('log', incidentLogMessage(deeds, shown)!);
  });

  it('says one deed alone in the notification, or how many more there are', () => {
    expect(logOf(deeds[1]!).text).toBe('grace noted');
    expect(incidentLogMessage(deeds, shown)!.text).toMatch(/^grace declared a SEV1 incident .* and 4 more$/);
  });

  it('says nothing when there is nothing to say', () => {
    expect(incidentLogMessage([], shown)).toBeUndefined();
  });

  it('calls nobody, whomever a sentence names', () => {
    const sentence = [{ user: 'U0KIM' }, ' and ', { usergroup: 'S0ALL' }, ' and ', { person: 'U0LIN' }];
    const message = logOf(entry(1, 'x', { sentence }));
    expect(mentionsOf(message)).toEqual([]);
    expect(linesOf(message)[0]).toContain('kim and @S0ALL and lin');
  });

  it('never cuts the receipt, however much was written', () => {
    for (const text of [nastyText, 'x'.repeat(1_000_000), '😀'.repeat(3_000)]) {
      const message = logOf(
        entry(1_240, 'incident.noted', { text, permalink: 'https://demo.slack.example/p1' }),
      );
      expect(seenText(message)).toContain(entry(1_240, 'incident.noted').receipt);
      expect(judgeMessage(JSON.stringify(message))).toMatchObject({
        problems: [],
        mentions: [],
        links: ['https://demo.slack.example/p1'],
      });
    }
    const long = entry(1_241, 'run.failed', {
      facts: { command: nastyText, problem: nastyText },
      text: nastyText,
    });
    expect(seenText(logOf(long))).toContain(long.receipt);
  });

  it('shows thirty deeds of one burst and says how many more there are', () => {
    const burst = Array.from({ length: 45 }, (_, index) =>
      entry(2_000 + index, 'incident.noted', { text: nastyText }),
    );
    const lines = linesOf(incidentLogMessage(burst, shown)!);
    expect(lines).toHaveLength(31);
    expect(lines[29]).toContain(burst[29]!.receipt);
    expect(lines[30]!.trim()).toBe('… and 15 more: incident timeline');
  });

  it('links to nothing but web addresses', () => {
    expect(linksOf(logOf(entry(1, 'incident.noted', { permalink: 'javascript:alert(1)' })))).toEqual([]);
  });
});

describe('incidentToldMessage', () => {
  const told: Readonly<Record<string, readonly [IncidentTold, string]>> = {
    'told-update-due': [{ kind: 'update_due' }, 'under-way'],
    'told-update-first': [{ kind: 'update_due' }, 'declared'],
    'told-level2': [
      { kind: 'level2', mentions: [{ usergroup: 'S0LEVEL2' }, { user: 'U0KIM' }] },
      'under-way',
    ],
    'told-still-firing': [{ kind: 'still_firing' }, 'overridden'],
    'told-postmortem-24h': [{ kind: 'postmortem_24h' }, 'resolved'],
    'told-postmortem-4h': [{ kind: 'postmortem_4h' }, 'resolved'],
    'told-postmortem-overdue': [{ kind: 'postmortem_due' }, 'not-published'],
    'told-postmortem-published': [{ kind: 'postmortem_due' }, 'published'],
  };
  const headlineLink = 'https://demo.slack.example/archives/C0INCIDENTS/p1';
  const say = (occasion: IncidentTold, name: string) =>
    incidentToldMessage(occasion, incidentCards[name]!, { ...shown, headlineLink });

  it.each(Object.entries(told))('says what came due: %s', async (name, [occasion, card]) => {
    await expectGolden(name, say(occasion, card));
  });

  it('calls those it is told to, the one who resolved it, and nobody else', () => {
    expect(mentionsOf(say(...told['told-level2']!))).toEqual(['S0LEVEL2', 'U0KIM']);
    expect(mentionsOf(say(...told['told-still-firing']!))).toEqual(['U0LIN']);
    expect(mentionsOf(say({ kind: 'still_firing', mentions: [] }, 'overridden'))).toEqual([]);
    expect(mentionsOf(say(...told['told-update-due']!))).toEqual([]);
    expect(mentionsOf(say(...told['told-postmortem-overdue']!))).toEqual([]);
  });

  it('calls sixteen at the most, in lines before its words', () => {
    const mentions = Array.from({ length: 19 }, (_, index) => ({ user: `U0PERSON${index}` }));
    const message = say({ kind: 'level2', mentions }, 'under-way');
    expect(mentionsOf(message)).toHaveLength(16);
    expect(seenText(message)).toContain('and 3 not called');
    expect(judgeMessage(JSON.stringify(message)).lines).toBeLessThanOrEqual(8);
  });

  it('offers only what can still be done', () => {
    const buttons = (occasion: IncidentTold['kind'], name: string) =>
      linesOf(say({ kind: occasion }, name))
        .filter((line) => /^ +\[/.test(line))
        .map((line) => line.trim());
    expect(buttons('update_due', 'declared')).toEqual(['[Update]']);
    expect(buttons('update_due', 'resolved')).toEqual([]);
    expect(buttons('still_firing', 'resolved')).toEqual(['[Reopen]']);
    expect(buttons('still_firing', 'reopened')).toEqual([]);
    expect(buttons('postmortem_24h', 'resolved')).toEqual(['[Export] [Postmortem…]']);
    expect(buttons('postmortem_24h', 'published')).toEqual([]);
  });

  it('tells nobody that is overdue which is published', () => {
    expect(say({ kind: 'postmortem_due' }, 'published').text).toMatch(/^SEV1 postmortem published: /);
  });

  it('takes the due time of a postmortem from its timer, or counts it from the resolution', () => {
    const due = (timers: ReturnType<typeof incidentView>['timers']) =>
      linesOf(
        incidentToldMessage({ kind: 'postmortem_due' }, { ...incidentCards.resolved!, timers }, shown),
      )[1]!.trim();
    expect(due([{ kind: 'postmortem_due', dueAt: later(10) }])).toBe(
      'Was due 2026-11-20 18:10:00 UTC, owed by grace',
    );
    expect(due([])).toBe('Was due 2026-11-22 19:12:00 UTC, owed by grace');
  });

  it.each(['update_due', 'level2', 'still_firing', 'postmortem_24h', 'postmortem_due'] as const)(
    'lets no title call or link anything: %s',
    (kind) => {
      for (const view of [hostileIncident, incidentCards.empty!]) {
        const judged = judgeMessage(JSON.stringify(incidentToldMessage({ kind }, view, shown)));
        expect(judged).toMatchObject({ problems: [], mentions: [] });
        expect(judged.links.filter((url) => !url.startsWith('https://demo.slack.example/'))).toEqual([]);
        expect(judged.text).toMatch(/^SEV1 /);
      }
    },
  );
});
