import type { Button, KnownBlock, Overflow, RichTextBlock } from '@slack/types';
import { beforeAll, describe, expect, it } from 'vitest';
import { problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import type { IncidentView } from '../../../src/core/incidents/incident-view.ts';
import type { CommandCatalog } from '../../../src/core/parse/command-catalog.ts';
import { parseInvocation } from '../../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../../src/registry.ts';
import type { MessageContent } from '../../../src/slack/views/card-message.ts';
import {
  incidentMessage,
  peopleInEntries,
  peopleInIncident,
} from '../../../src/slack/views/incident-message.ts';
import { judgeMessage } from '../judge-message.ts';
import { deeds, hostileIncident, incidentCards, incidentView, nastyText } from './sample-incidents.ts';
import { later, now, shown } from './sample-views.ts';
import { seenText } from './seen-text.ts';

let catalog: CommandCatalog;
beforeAll(async () => {
  catalog = await loadCommands();
});

const elementsOf = ({ blocks }: { blocks: readonly KnownBlock[] }) =>
  blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
const buttonsOf = (message: MessageContent) =>
  elementsOf(message).filter((element): element is Button => element.type === 'button');
const labelsOf = (message: MessageContent) => buttonsOf(message).map(({ text }) => text.text);
const optionsOf = (message: MessageContent) =>
  elementsOf(message)
    .filter((element): element is Overflow => element.type === 'overflow')
    .flatMap(({ options }) => options);
const valueIn = (message: MessageContent, actionId: string) =>
  buttonsOf(message).find(({ action_id }) => action_id === actionId)?.value ?? '';
const read = (text: string) => parseInvocation(text, catalog);
const cards: Readonly<Record<string, IncidentView>> = { ...incidentCards, hostile: hostileIncident };
const seen = (name: string) => seenText(incidentMessage(cards[name]!, shown));

describe('incidentMessage', () => {
  it.each(Object.entries(cards))('shows an incident that is: %s', async (name, view) => {
    const message = incidentMessage(view, shown);
    expect(problemsOfBlocks(message.blocks)).toEqual([]);
    await expect(`${JSON.stringify(message, null, 2)}\n`).toMatchFileSnapshot(
      `../../golden/incident-${name}.json`,
    );
    await expect(seenText(message)).toMatchFileSnapshot(`../../golden/incident-${name}.txt`);
  });

  it.each(Object.entries(cards))(
    'has at most eight lines, calls nobody and is taken by Slack: %s',
    (_name, view) => {
      const judged = judgeMessage(JSON.stringify(incidentMessage(view, shown)));
      expect(judged.problems).toEqual([]);
      expect(judged.mentions).toEqual([]);
      expect(judged.lines).toBeLessThanOrEqual(8);
      expect(judged.links.filter((url) => !/^https:\/\/(demo\.slack|wiki)\.example/.test(url))).toEqual([]);
    },
  );

  it('begins the notification with how bad it is, or that it is over', () => {
    const text = (name: string) => incidentMessage(cards[name]!, shown).text;
    expect(text('declared')).toBe('SEV1 investigating: Emails of acme are not sent (production)');
    expect(text('resolved')).toBe('RESOLVED SEV1: Emails of acme are not sent (production)');
    expect(text('empty')).toBe('SEV1 investigating: incident without a title');
    expect(text('hostile')).toMatch(/^SEV1 identified: /);
  });

  it('tells severities apart by shape and word', () => {
    const first = (severity: 'SEV1' | 'SEV2' | 'SEV3' | 'SEV4') =>
      seenText(incidentMessage(incidentView({ incident: { severity } }), shown))
        .split('\n')[1]!
        .trim();
    const begin = ': Emails of acme are not sent (production)';
    expect(first('SEV1')).toBe(`⛔ SEV1 investigating${begin}`);
    expect(first('SEV2')).toBe(`▲ SEV2 investigating${begin}`);
    expect(first('SEV3')).toBe(`● SEV3 investigating${begin}`);
    expect(first('SEV4')).toBe(`○ SEV4 investigating${begin}`);
  });

  it('says since when and how long by one date token, without an edit', () => {
    const dates = (name: string) =>
      incidentMessage(cards[name]!, shown)
        .blocks.flatMap((block) => (block as RichTextBlock).elements)
        .flatMap((section) => (section.type === 'rich_text_section' ? section.elements : []))
        .flatMap((element) => (element.type === 'date' ? [element] : []));
    expect(dates('declared')[0]).toMatchObject({
      timestamp: now.getTime() / 1000,
      format: '{date_num} {time_secs}, {ago}',
    });
    expect(dates('under-way').filter(({ format }) => format.includes('{ago}'))).toHaveLength(1);
    expect(dates('resolved').filter(({ format }) => format.includes('{ago}'))).toEqual([]);
  });

  it('names what fires first, the worst of it before the rest, and links to the cards', () => {
    expect(seen('under-way')).toMatch(
      /2 alerts firing, 1 resolved: ⛔ CRITICAL Emails failed \(https:\S+\) · ▲ HIGH SMTP refuses connections \(https:\S+\) and 1 more/,
    );
  });

  it('counts runs, what asks for a person first, and shows the newest change', () => {
    expect(seen('under-way')).toContain(
      'Runs: 1 unknown, 1 waiting, 2 done, 1 not done · ? outcome unknown: suspend-tenant acme',
    );
    expect(seen('resolved')).toContain('Runs: 1 done · ✓ Resent 240 emails of acme');
  });

  it('says what is owed once it is over', () => {
    expect(seen('resolved')).toContain('Postmortem due 2026-11-22 19:12:00 UTC');
    expect(seen('resolved')).not.toContain('reminder');
    expect(seen('not-published')).toContain('No postmortem published yet');
    expect(seen('published')).toContain('(wiki.example.com) by grace');
    const sev2 = incidentView({
      ...incidentCards['not-published'],
      incident: { ...incidentCards['not-published']!.incident, severity: 'SEV2' },
    });
    expect(seenText(incidentMessage(sev2, shown))).not.toContain('ostmortem published');
  });

  it('loses nothing when it has most to say', () => {
    const text = seen('overridden');
    for (const word of [
      'Resolved by lin',
      'On rms',
      'and 2 more tenants',
      'Fix: ',
      'Not everything was quiet: ',
      'Postmortem due',
      'alerts firing',
      'Runs: ',
      'Runbook: Email outage',
    ])
      expect(text).toContain(word);
    expect(text).toContain('3 of 9');
  });

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'declared',
      ['Update', 'Runbook email outage', 'Resolve'],
      ['Severity…', 'Commander…', 'Link alert…', 'Page…', 'Export'],
    ],
    [
      'under-way',
      ['Update', 'Runbook', 'Resolve'],
      ['Severity…', 'Commander…', 'Link alert…', 'Page…', 'Export'],
    ],
    [
      'reopened',
      ['Update', 'Runbook', 'Resolve'],
      ['Severity…', 'Commander…', 'Link alert…', 'Page…', 'Export'],
    ],
    ['resolved', ['Reopen', 'Export', 'Postmortem…'], []],
    ['published', ['Reopen', 'Export'], []],
  ])('offers on %s: %j and in its menu %j', (name, labels, menu) => {
    const message = incidentMessage(cards[name]!, shown);
    expect(labelsOf(message)).toEqual(labels);
    expect(optionsOf(message).map(({ text }) => text.text)).toEqual(menu);
  });
});

describe('the buttons of an incident', () => {
  it.each(Object.entries(cards))(
    'hold invocations that the parser reads without objection: %s',
    (_name, view) => {
      const message = incidentMessage(view, shown);
      for (const { action_id, value } of buttonsOf(message)) {
        expect(action_id).toMatch(/^(open_modal|invoke):[a-z]+$/);
        expect(value!.length).toBeLessThanOrEqual(2_000);
        expect(read(value!).problems).toEqual([]);
      }
      for (const { value } of optionsOf(message)) {
        expect(value!.length).toBeLessThanOrEqual(75);
        expect(read(value!).problems).toEqual([]);
        expect(read(value!).input).toEqual({ incident: view.incident.id });
      }
    },
  );

  it('fill the forms with the incident as it is', () => {
    const message = incidentMessage(incidentCards['under-way']!, shown);
    expect(read(valueIn(message, 'open_modal:update'))).toMatchObject({
      command: 'incident update',
      input: {
        incident: 'i-7k2m9q4x',
        severity: 'SEV1',
        status: 'identified',
        title: 'Emails of acme are not sent',
        target: 'rms',
        tenants: ['acme', 'globex'],
        commander: 'U0GRACE',
      },
    });
    expect(read(valueIn(message, 'open_modal:resolve'))).toMatchObject({
      command: 'incident resolve',
      input: { incident: 'i-7k2m9q4x', fix: 'Resent 240 emails of acme' },
    });
    expect(read(valueIn(message, 'open_modal:runbook'))).toMatchObject({
      command: 'runbook',
      input: { incident: 'i-7k2m9q4x' },
    });
  });

  it('start the runbook that is suggested, and no command that is called like it', () => {
    const started = (suggestedRunbook: string) =>
      read(valueIn(incidentMessage(incidentView({ suggestedRunbook }), shown), 'invoke:runbook'));
    expect(started('email-outage')).toMatchObject({
      command: 'runbook',
      input: { name: 'email-outage', incident: 'i-7k2m9q4x' },
    });
    expect(started('list')).toMatchObject({ command: 'runbook', input: { name: 'list' } });
  });

  it('ask for the rest where something has to be said', () => {
    const over = incidentMessage(incidentCards.resolved!, shown);
    expect(read(valueIn(over, 'open_modal:reopen'))).toMatchObject({
      command: 'incident reopen',
      missing: ['reason'],
    });
    expect(read(valueIn(over, 'open_modal:postmortem'))).toMatchObject({
      command: 'incident postmortem',
      missing: ['url'],
    });
    expect(read(valueIn(over, 'invoke:export'))).toMatchObject({ command: 'incident export', missing: [] });
  });

  it('bring tenants with commas, quotes and dashes back as they are', () => {
    const tenants = ['Meier, Huber', 'say "hi"', '--status', 'back\\slash,', '<!channel>', 'ACME'];
    const message = incidentMessage(incidentView({ incident: { tenants } }), shown);
    expect(read(valueIn(message, 'open_modal:update')).input).toMatchObject({
      tenants,
      status: 'investigating',
    });
  });

  it('leave out what the form would object to, so that it stays as it is', () => {
    const message = incidentMessage(hostileIncident, shown);
    const { input } = read(valueIn(message, 'open_modal:update'));
    expect(input).toEqual({ incident: 'i-7k2m9q4x', severity: 'SEV1', status: 'identified' });
    const { fix } = read(valueIn(message, 'open_modal:resolve')).input;
    expect(String(fix)).toHaveLength(300);
    expect(String(fix)).toContain('"quoted", \\ --status');
  });

  it('leave tenants out altogether rather than some of them', () => {
    const many = Array.from({ length: 50 }, (_, index) => `${index} ${'x'.repeat(70)}`);
    const message = incidentMessage(incidentView({ incident: { tenants: many } }), shown);
    expect(read(valueIn(message, 'open_modal:update')).input).not.toHaveProperty('tenants');
  });
});

describe('peopleInIncident and peopleInEntries', () => {
  it('are everyone the headline and the lines of the thread name', () => {
    const view = incidentView({
      incident: {
        commander: 'U0LIN',
        update: { text: 'x', by: 'U0KIM', at: now },
        resolution: { by: 'U0SAM', at: later(1), fix: nastyText, override: undefined },
        postmortem: { url: 'https://x.example', by: 'U0PAT', at: later(2) },
      },
    });
    expect(peopleInIncident(view).sort()).toEqual(['U0GRACE', 'U0KIM', 'U0LIN', 'U0PAT', 'U0SAM']);
    expect(peopleInEntries(deeds).sort()).toEqual(['U0GRACE', 'U0KIM', 'U0LIN']);
  });
});
