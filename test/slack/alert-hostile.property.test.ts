import { describe, expect, it } from 'vitest';
import type { DigestView, GroupReply, GroupView } from '../../src/core/alerts/group.ts';
import { severities } from '../../src/core/alerts/severity.ts';
import { alertMessage, alertReplyMessage } from '../../src/slack/views/alert-message.ts';
import { digestMessage } from '../../src/slack/views/digest-message.ts';
import { rawView } from '../../src/slack/views/raw-view.ts';
import { severityView } from '../../src/slack/views/severity-view.ts';
import { silenceView } from '../../src/slack/views/silence-view.ts';
import fc from '../support/properties.ts';
import { type Judged, judgeMessage, judgeView } from './judge-message.ts';
import { groupView } from './views/sample-groups.ts';
import { later, now } from './views/sample-views.ts';

const pieces = [
  '<!channel>',
  '<!here|here>',
  '<!everyone>',
  '<@U0ADA>',
  '<@U0ADA|ada>',
  '<!subteam^S0ONCALL>',
  '<!subteam^S0ONCALL|@oncall>',
  '<#C0OPS>',
  '<!date^1795197600^{date}^https://evil.example/|now>',
  '<https://evil.example|click here>',
  '<mailto:me@evil.example|mail>',
  '<javascript:alert(1)|ok>',
  'https://evil.example/path?a=b',
  'HTTPS://EVIL.EXAMPLE',
  'evil.example',
  'www.evil.example/x',
  'evil.co.uk',
  '例え.テスト',
  'me@evil.example',
  'slack://channel?id=1',
  'ftp://evil.example',
  'javascript:alert(1)',
  '@channel',
  '@here',
  '@everyone',
  '#general',
  ':skull:',
  '*bold*',
  '_it_',
  '~no~',
  '`code`',
  '```',
  '> quote',
  '&lt;!channel&gt;',
  '&amp;lt;',
  '&',
  '<',
  '>',
  '/',
  '//',
  '.',
  '@',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u00ad',
  '\u0000',
  '\u001b[31m',
  '\ud800',
  '\udc00',
  '\n',
  '\r\n\n\n',
  '\u2028',
  '\t',
  ' ',
  '😀',
  'word ',
  'x'.repeat(300),
];
const text = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      'x'.repeat(1_000_000),
      '<!channel>'.repeat(100_000),
      'https://evil.example '.repeat(50_000),
      '\u202e'.repeat(1_000_000),
      '\n'.repeat(100_000),
    ),
  },
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const moment = fc.nat(100_000).map(later);
const person = fc.oneof(fc.constantFrom('U0ADA', 'U0GRACE', 'cli:root'), text);
const count = fc.oneof(fc.nat(5), fc.constant(10_000), fc.constant(2 ** 31));

const goodUrls = [
  'https://prometheus.example.com/graph?g0.expr=up',
  'http://10.0.0.7:9090/',
  `https://grafana.example.com/d/${'x'.repeat(2_000)}`,
  'https://grafana.example.com/d/a|b',
  // Read by a browser as another address than it looks: in Cyrillic, in capitals, with dots and slashes too many.
  'https://exаmple.com/',
  'https://EXAMPLE.com/a/../b',
  'https:/example.com\\x',
];
const badUrls = [
  'javascript:alert(1)',
  'https://user:secret@evil.example/',
  'https://bank.example@evil.example/',
  'data:text/html,x',
  'slack://open',
  'https://',
  '//evil.example/',
  `https://evil.example/${'x'.repeat(5_000)}`,
];
const link = fc.record({
  label: text,
  url: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...goodUrls, ...badUrls) }, text),
});

const group = fc.record({
  source: fc.constantFrom('prometheus', 'sentry'),
  state: fc.constantFrom('firing', 'resolved'),
  severity: fc.constantFrom(...severities),
  severitySetBy: maybe(person),
  title: text,
  summary: maybe(text),
  service: maybe(text),
  tenant: maybe(text),
  environment: maybe(text),
  links: fc.oneof(
    fc.array(link, { maxLength: 5 }),
    fc.constant(Array.from({ length: 10_000 }, () => ({ label: 'x', url: 'not a url' }))),
  ),
  firing: count,
  resolved: count,
  truncated: count,
  firstSeenAt: moment,
  lastSeenAt: moment,
  resolvedAt: maybe(moment),
  resolvedBy: maybe(fc.oneof(fc.constantFrom('prometheus', 'quiet'), person)),
  quietMinutes: maybe(fc.nat(10_000)),
  reopenedCount: fc.nat(9),
  isFlapping: fc.boolean(),
  acknowledgedBy: maybe(person),
  acknowledgedAt: maybe(moment),
  note: maybe(text),
  escalatedAt: maybe(moment),
  escalatedBecause: maybe(fc.constantFrom('unacknowledged', 'unresolved', 'by_hand')),
  incidentId: maybe(fc.constant('i-1')),
}) as fc.Arbitrary<Partial<GroupView['group']>>;

const mention = fc.oneof(
  fc.constantFrom({ user: 'U0CALLED1' }, { user: 'W0CALLED2' }, { usergroup: 'S0CALLED' }),
);
const mentions = fc.oneof(
  fc.array(mention, { maxLength: 3 }),
  fc.array(mention, { minLength: 9, maxLength: 20, size: 'max' }),
);

const view: fc.Arbitrary<GroupView> = fc
  .record({
    group,
    differing: fc.oneof(
      fc.array(fc.record({ name: text, values: fc.array(text, { maxLength: 4 }), more: fc.nat(9_999) }), {
        maxLength: 4,
      }),
      fc.constant(
        Array.from({ length: 10_000 }, (_, index) => ({
          name: `label${index}`,
          values: ['<@U0ADA>'],
          more: 0,
        })),
      ),
    ),
    mentions,
    silence: maybe(fc.record({ owner: person, until: moment, reason: text })),
    incidentLink: maybe(fc.constant('https://demo.slack.example/archives/C0/p1')),
    suggestion: maybe(fc.record({ label: text, invocation: text })),
    receipt: maybe(fc.constant('#1234 · 9f3ab2')),
    pagedAt: maybe(moment),
  })
  .map((parts) => groupView(parts));

const reply: fc.Arbitrary<GroupReply> = fc.oneof(
  fc.record({
    kind: fc.constant('worse' as const),
    from: fc.constantFrom(...severities),
    to: fc.constantFrom(...severities),
  }),
  fc.constant({ kind: 'reopened' as const }),
  fc.record({
    kind: fc.constant('escalated' as const),
    because: fc.constantFrom('unacknowledged' as const, 'unresolved' as const, 'by_hand' as const),
    by: text,
  }),
);

const digest: fc.Arbitrary<DigestView> = fc.record({
  id: fc.nat(),
  channel: text,
  since: moment,
  lastSeenAt: moment,
  firingGroups: count,
  resolvedGroups: count,
  services: fc.array(
    fc.record({ service: text, firing: count, resolved: count, worst: fc.constantFrom(...severities) }),
    { maxLength: 6 },
  ),
  moreServices: count,
});

/** People are named by Slack, and anybody may call themselves anything. */
const shown = fc.record({
  nameOf: fc.oneof(
    fc.constant(() => undefined),
    text.map((name) => () => name),
  ),
});

/** The only addresses that may be linked: those given as links, as a browser reads them. */
function linksOf({ group: { links }, incidentLink }: GroupView): Set<string> {
  const given = links.flatMap(({ url }) =>
    URL.canParse(url) ? [new URL(url).href.replaceAll('|', '%7C')] : [],
  );
  return new Set([...given, ...(incidentLink === undefined ? [] : [incidentLink])]);
}

function expectHarmless(judged: Judged, allowed: { links?: Set<string>; mentions?: Set<string> }): void {
  expect(judged.problems).toEqual([]);
  expect(judged.links.filter((url) => !allowed.links?.has(url))).toEqual([]);
  expect(judged.mentions.filter((id) => !allowed.mentions?.has(id))).toEqual([]);
}

const idsOf = (called: readonly ({ user: string } | { usergroup: string })[]) =>
  new Set(called.map((one) => ('user' in one ? one.user : one.usergroup)));

const runs = { numRuns: 300 };

const card = (elements: readonly object[], text = 'CRITICAL x') => ({
  text,
  blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }],
});
const said = [{ type: 'text', text: 'x' }];

describe('the judge', () => {
  it('has nothing against a plain card', () => {
    const judged = judgeMessage(JSON.stringify(card(said)));
    expect(judged).toEqual({ text: 'CRITICAL x', mentions: [], links: [], lines: 1, problems: [] });
  });

  it.each<[string, object]>([
    ['a mention in text', card(said, '<!channel>')],
    ['a name in text', card(said, 'x @here')],
    ['a link in text', card(said, '<https://evil.example|x>')],
    ['an address in text', card(said, 'x https://evil')],
    ['a host in text', card(said, 'x evil.example')],
    ['what is not escaped in text', card(said, 'a & b')],
    ['a long text', card(said, 'x'.repeat(91))],
    ['a user', card([{ type: 'user', user_id: 'U0ADA' }])],
    ['a group', card([{ type: 'usergroup', usergroup_id: 'S0' }])],
    ['everybody', card([{ type: 'broadcast', range: 'channel' }])],
    ['a channel', card([{ type: 'channel', channel_id: 'C0' }])],
    ['a link', card([{ type: 'link', url: 'https://evil.example/', text: 'x' }])],
    [
      'a link on a date',
      card([{ type: 'date', timestamp: 1, format: '{date}', url: 'https://evil.example/' }]),
    ],
    ['a hidden character', card([{ type: 'text', text: 'x\u202ey' }])],
    ['half a pair', card([{ type: 'text', text: '\ud800' }])],
    ['a line break of outside text', card([{ type: 'text', text: 'x\ny' }])],
    ['mrkdwn', { text: 'x', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x' } }] }],
    [
      'mrkdwn in a context',
      { text: 'x', blocks: [{ type: 'context', elements: [{ type: 'mrkdwn', text: 'x' }] }] },
    ],
    ['attachments', { ...card(said), attachments: [] }],
  ])('finds %s', (_what, message) => {
    const { mentions, links, problems } = judgeMessage(JSON.stringify(message));
    expect([...mentions, ...links, ...problems]).not.toEqual([]);
  });
});

describe('whatever an alert says', () => {
  it('its card mentions only those it is told to, links only what is a link, and stays within Slack’s limits', () => {
    fc.assert(
      fc.property(view, shown, (drawn, names) => {
        const judged = judgeMessage(JSON.stringify(alertMessage(drawn, names)));
        expectHarmless(judged, { links: linksOf(drawn), mentions: idsOf(drawn.mentions) });
        expect(judged.lines).toBeLessThanOrEqual(8);
        expect(judged.text).toMatch(/^(?:CRITICAL|HIGH|WARNING|INFO|RESOLVED) /);
      }),
      runs,
    );
  });

  it('calls everybody it is told to, up to sixteen', () => {
    fc.assert(
      fc.property(view, reply, mentions, shown, (drawn, occasion, called, names) => {
        const first = judgeMessage(JSON.stringify(alertMessage(drawn, names)));
        expect(first.mentions).toHaveLength(Math.min(16, drawn.mentions.length));
        const answer = judgeMessage(JSON.stringify(alertReplyMessage(occasion, drawn, called, names)));
        expect(answer.mentions).toHaveLength(Math.min(16, called.length));
      }),
      { numRuns: 100 },
    );
  });

  it('so do the replies in its thread and its forms', () => {
    fc.assert(
      fc.property(view, reply, mentions, shown, text, (drawn, occasion, called, names, words) => {
        const answer = judgeMessage(JSON.stringify(alertReplyMessage(occasion, drawn, called, names)));
        expectHarmless(answer, { mentions: idsOf(called) });
        expect(answer.lines).toBeLessThanOrEqual(8);
        expect(answer.text).toMatch(/^(?:CRITICAL|HIGH|WARNING|INFO|RESOLVED) /);
        for (const form of [
          silenceView(drawn, names, {}),
          severityView(drawn, names, {}),
          rawView(drawn, { body: words, receivedAt: now }, {}),
        ])
          expectHarmless(judgeView(JSON.stringify(form)), {});
      }),
      { numRuns: 100 },
    );
  });

  it('a digest of it mentions nobody and links nowhere', () => {
    fc.assert(
      fc.property(digest, (drawn) => {
        const judged = judgeMessage(JSON.stringify(digestMessage(drawn)));
        expectHarmless(judged, {});
        expect(judged.lines).toBeLessThanOrEqual(8);
        expect(judged.text).toMatch(/^(?:CRITICAL|HIGH|WARNING|INFO|RESOLVED) /);
      }),
      runs,
    );
  });

  it('shows every link it is given that is a plain web address, as far as they fit', () => {
    const links = [
      { label: 'Rule', url: goodUrls[0]! },
      { label: 'Panel', url: goodUrls[1]! },
    ];
    const judged = judgeMessage(JSON.stringify(alertMessage(groupView({ group: { links } }), {})));
    expect(judged.links).toEqual([goodUrls[0], goodUrls[1]]);
  });
});
