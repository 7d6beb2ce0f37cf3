import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/command.ts';
import { severities } from '../../../src/core/alerts/severity.ts';
import type { IncidentTold } from '../../../src/core/cards/incident-told-lines.ts';
import {
  type Incident,
  incidentOrigins,
  incidentSeverities,
  incidentStatuses,
  incidentTimers,
  type TimelineEntry,
} from '../../../src/core/incidents/incident.ts';
import type { Gathered, IncidentView } from '../../../src/core/incidents/incident-view.ts';
import { ledgerKinds } from '../../../src/core/ledger/kinds.ts';
import { sentence } from '../../../src/core/ledger/sentences.ts';
import type { CommandCatalog } from '../../../src/core/parse/command-catalog.ts';
import { parseInvocation } from '../../../src/core/parse/parse-invocation.ts';
import { runStates } from '../../../src/core/run.ts';
import { loadCommands } from '../../../src/registry.ts';
import { incidentMessage } from '../../../src/slack/views/incident-message.ts';
import { gatheredMessage, incidentLogMessage } from '../../../src/slack/views/incident-thread.ts';
import { incidentToldMessage } from '../../../src/slack/views/incident-told-message.ts';
import fc from '../../support/properties.ts';
import { type Judged, judgeMessage } from '../judge-message.ts';
import { hostileText } from './hostile-text.ts';
import { entry, incidentView, nastyText, runbookInstance } from './sample-incidents.ts';
import { later } from './sample-views.ts';

let catalog: CommandCatalog;
beforeAll(async () => {
  catalog = await loadCommands();
});

const text = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      nastyText,
      'evil.example',
      'https://evil.example/',
      '"',
      '\\',
      '--title x',
      ',',
      '<\u200b!channel>',
    ),
  },
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const moment = fc.nat(100_000).map(later);
const person = fc.oneof(fc.constantFrom('U0ADA', 'U0GRACE', 'cli:root'), text);
const ours = 'https://demo.slack.example/archives/C0/p1';
const link = maybe(fc.oneof(fc.constantFrom(ours, 'javascript:alert(1)'), fc.constant('not a link')));

const incident: fc.Arbitrary<Partial<Incident>> = fc.record({
  title: text,
  severity: fc.constantFrom(...incidentSeverities),
  status: fc.constantFrom(...incidentStatuses),
  origin: fc.constantFrom(...incidentOrigins),
  declaredBy: person,
  declaredAt: moment,
  target: maybe(text),
  environment: maybe(text),
  tenants: fc.array(text, { maxLength: 6 }),
  commander: maybe(person),
  update: maybe(fc.record({ text, by: person, at: moment })),
  resolution: maybe(fc.record({ by: person, at: moment, fix: text, override: maybe(text) })),
  reopenedAt: maybe(moment),
  escalatedAt: maybe(moment),
  pagedAt: maybe(moment),
  postmortem: maybe(
    fc.record({
      url: fc.oneof(fc.constantFrom('https://wiki.example.com/p', 'https://a@evil.example/'), text),
      by: person,
      at: moment,
    }),
  ),
});

const view: fc.Arbitrary<IncidentView> = fc
  .record({
    incident,
    alerts: fc.array(
      fc.record({
        groupId: fc.constant('g-1'),
        title: text,
        severity: fc.constantFrom(...severities),
        state: fc.constantFrom('firing' as const, 'resolved' as const),
        firing: fc.nat(9),
        cardLink: link,
      }),
      { maxLength: 4 },
    ),
    runs: fc.array(
      fc.record({
        id: fc.constant('r-1'),
        invocation: text,
        state: fc.constantFrom(...runStates),
        risk: fc.constantFrom('read' as const, 'change' as const, 'dangerous' as const),
        headline: maybe(text),
        link,
      }),
      { maxLength: 4 },
    ),
    runbooks: fc.array(
      fc.record({ instance: text.map((title) => runbookInstance(title, { done: 1, of: 3 })), link }),
      { maxLength: 4 },
    ),
    timers: fc.array(fc.record({ kind: fc.constantFrom(...incidentTimers), dueAt: moment }), {
      maxLength: 6,
    }),
    suggestedFix: maybe(text),
    suggestedRunbook: maybe(text),
    receipt: maybe(fc.constant('#1236 · 77aa01')),
  })
  .map((parts) => incidentView(parts));

const factNames = [
  'title',
  'command',
  'problem',
  'headline',
  'runbook',
  'step',
  'target',
  'tenants',
  'channel',
  'group',
  'groups',
  'severity',
  'status',
  'from',
  'author',
  'timer',
  'left',
  'url',
  'template',
  'called',
  'owners',
  'requires',
  'until',
  'to',
  'commander',
  'source',
  'startedAt',
  'outcome',
];
const facts = fc.dictionary(
  fc.constantFrom(...factNames),
  fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.boolean(), fc.nat()),
  { maxKeys: 12 },
) as fc.Arbitrary<JsonObject>;

const entries: fc.Arbitrary<TimelineEntry[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom(...ledgerKinds),
      actor: person,
      facts,
      text: maybe(text),
      permalink: link,
    })
    .map(({ kind, ...changes }) => entry(1_240, kind, changes)),
  { minLength: 1, maxLength: 5 },
);

const mention = fc.constantFrom({ user: 'U0CALLED1' }, { user: 'W0CALLED2' }, { usergroup: 'S0CALLED' });
const told: fc.Arbitrary<IncidentTold> = fc.record({
  kind: fc.constantFrom(...incidentTimers),
  mentions: fc.oneof(
    fc.array(mention, { maxLength: 3 }),
    fc.array(mention, { minLength: 9, maxLength: 20, size: 'max' }),
  ),
});

const gathered: fc.Arbitrary<Gathered> = fc.record({
  at: moment,
  parts: fc.array(
    fc.record({
      kind: fc.constantFrom('alerts', 'health', 'releases', 'migrations', 'runs', 'silences'),
      status: fc.constantFrom('ok', 'bad', 'unknown', 'info'),
      lines: fc.array(text, { maxLength: 4 }),
    }),
    { maxLength: 6 },
  ),
});

/** People are named by Slack, and anybody may call themselves anything. */
const shown = fc.record({
  nameOf: fc.oneof(
    fc.constant(() => undefined),
    text.map((name) => () => name),
  ),
});

function expectHarmless(judged: Judged, mentions: readonly string[] = []): void {
  expect(judged.problems).toEqual([]);
  expect(judged.mentions.filter((id) => !mentions.includes(id))).toEqual([]);
  // What a text says is never an address; what was given as one leads where it was said to.
  expect(judged.links.filter((url) => url.includes('evil'))).toEqual([]);
}

const runs = { numRuns: 300 };

describe('whatever is said in an incident', () => {
  it('its headline calls nobody, links nowhere new, and stays within eight lines and Slack’s limits', () => {
    fc.assert(
      fc.property(view, shown, (drawn, names) => {
        const judged = judgeMessage(JSON.stringify(incidentMessage(drawn, names)));
        const url = URL.parse(drawn.incident.postmortem?.url ?? '')?.href.replaceAll('|', '%7C');
        expectHarmless({ ...judged, links: judged.links.filter((one) => one !== url) });
        expect(judged.lines).toBeLessThanOrEqual(8);
        expect(judged.text).toMatch(/^(?:SEV[1-4] |RESOLVED SEV[1-4])/);
      }),
      runs,
    );
  });

  it('its buttons hold what the parser reads, about that incident, with nothing slipped in', () => {
    fc.assert(
      fc.property(view, (drawn) => {
        const { blocks } = incidentMessage(drawn, {});
        const values = blocks
          .flatMap((block) => (block.type === 'actions' ? block.elements : []))
          .flatMap((element) =>
            element.type === 'overflow'
              ? element.options.map(({ value }) => value!)
              : element.type === 'button'
                ? [element.value!]
                : [],
          );
        for (const value of values) {
          const { command, input, problems } = parseInvocation(value, catalog);
          expect(command).toMatch(
            /^(?:runbook|incident (?:update|resolve|severity|commander|link|page|export|reopen|postmortem))$/,
          );
          expect(input.incident).toBe(drawn.incident.id);
          if (command !== 'runbook') expect(problems).toEqual([]);
          if (command === 'incident update') expect(input.severity).toBe(drawn.incident.severity);
          expect(input).not.toHaveProperty('override');
        }
      }),
      runs,
    );
  });

  it('its lines in the thread call nobody and keep every receipt', () => {
    fc.assert(
      fc.property(entries, shown, (drawn, names) => {
        const message = JSON.stringify(incidentLogMessage(drawn, names));
        const judged = judgeMessage(message);
        // A channel is named, which notifies nobody.
        expectHarmless({ ...judged, mentions: judged.mentions.filter((id) => id !== 'channel element') });
        expect(message.split('#1240 ·').length - 1).toBeGreaterThanOrEqual(drawn.length);
      }),
      { numRuns: 200 },
    );
  });

  it('what timers and the look-up say calls only those it is told to', () => {
    fc.assert(
      fc.property(view, told, gathered, shown, (drawn, occasion, found, names) => {
        const judged = judgeMessage(JSON.stringify(incidentToldMessage(occasion, drawn, names)));
        const url = URL.parse(drawn.incident.postmortem?.url ?? '')?.href.replaceAll('|', '%7C');
        const called = occasion.mentions!.map((one) => ('user' in one ? one.user : one.usergroup));
        expectHarmless({ ...judged, links: judged.links.filter((one) => one !== url) }, called);
        expect(judged.mentions).toHaveLength(Math.min(16, called.length));
        expect(judged.lines).toBeLessThanOrEqual(8);
        const looked = judgeMessage(JSON.stringify(gatheredMessage(found)));
        expectHarmless(looked);
        expect(looked.links).toEqual([]);
        expect(looked.lines).toBeLessThanOrEqual(8);
      }),
      { numRuns: 200 },
    );
  });

  it('no sentence of any kind makes a mention of what a fact says', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ledgerKinds), person, facts, (kind, actor, told) => {
        const line = sentence({ kind, actor, facts: told });
        expect(JSON.stringify(line)).not.toMatch(/"(?:user|usergroup|link)":/);
      }),
      { numRuns: 500 },
    );
  });
});
