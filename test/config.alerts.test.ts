import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigurationProblem } from '../src/config/configuration-problem.ts';
import { readSettings, type SourceSchemas, secretsOfSettings } from '../src/config/settings.ts';
import type { AlertSettings } from '../src/core/alerts/alert-settings.ts';
import { Secret, secret } from '../src/core/secret.ts';

const head = `channels: { ops: C0OPS, ledger: C0LEDGER }
roles: { responder: { users: [U0ADA] }, admin: { users: [U0LINUS] } }
policy: []
onCall: { usergroups: [S0ONCALL] }
alerts:
`;
/** The section begins on line 6. */
const yaml = `${head}  sources:
    prometheus: { kind: alertmanager, secrets: env:AM, expectEvery: 5m, names: [Watchdog] }
    rms: { kind: genzi, urlSecrets: [env:URL_A, env:URL_B], anomaly: { changeCount: 20 } }
  routes:
    - { match: { source: prometheus, severity: [critical, high] }, notify: [on-call, U0ADA, S0ONCALL] }
    - { match: { service: "pay*", labels: { team: [core, "web*"] } }, channel: "#payments", severity: high }
    - match: { tenant: acme }
      suggest: { command: "resend-notifications {tenant}", label: "Resend {labels.count} emails" }
  responders: [responder]
  escalation: { notify: on-call, pagerduty: { routingKey: env:PD } }
`;
const env = {
  AM: 'bearer-token-of-am',
  URL_A: 'aaaaaaaaaaaaaaaa',
  URL_B: 'B-b_bbbbbbbbbbbb',
  PD: 'routing-key-of-pagerduty',
  SHORT: 'fifteen-letters',
  SPACED: 'has a space in it, and more',
};
const sourceSchemas: SourceSchemas = {
  alertmanager: {
    options: z.strictObject({ names: z.array(z.string()).default([]), password: secret().optional() }),
    limitBytes: 16_000_000,
  },
  genzi: {
    options: z
      .strictObject({ anomaly: z.strictObject({ changeCount: z.int().default(10) }).prefault({}) })
      .transform((written) => ({ ...written, isRead: true })),
    needsUrlSecret: true,
  },
};
const commandNames = ['help', 'resend-notifications', 'incident declare'];
const read = (text: string): AlertSettings =>
  readSettings(text, { file: 'cs.yaml', env, sourceSchemas, commandNames }).alerts;

/** `12:5 routes[2].notify: message` per problem. */
function problemsOf(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationProblem);
    return (error as ConfigurationProblem).problems.map(
      ({ place, message }) => `${place.replace('cs.yaml:', '').replace(' alerts.', ' ')}: ${message}`,
    );
  }
  throw new Error('It was accepted.');
}
const changed = (from: string, to: string): string => {
  expect(yaml).toContain(from);
  return yaml.replace(from, to);
};
const routes = (...lines: string[]): string =>
  `${head}  routes:\n${lines.map((line) => `    - ${line}\n`).join('')}`;
const source = (line: string): string =>
  `${head}  sources:\n    prometheus: { kind: alertmanager, ${line} }\n`;

const am = new Secret('AM', env.AM);

describe('the section alerts', () => {
  it('reads sources with what every kind has and what theirs adds', () => {
    expect(read(yaml).sources).toEqual({
      prometheus: {
        kind: 'alertmanager',
        secrets: [am],
        urlSecrets: [],
        expectEveryMinutes: 5,
        silenceSeverity: 'high',
        limits: { bytes: 16_000_000, perMinute: 600, waiting: 20_000 },
        options: { names: ['Watchdog'] },
      },
      rms: {
        kind: 'genzi',
        secrets: [],
        urlSecrets: [new Secret('URL_A', env.URL_A), new Secret('URL_B', env.URL_B)],
        expectEveryMinutes: undefined,
        silenceSeverity: 'high',
        limits: { bytes: 1_000_000, perMinute: 600, waiting: 20_000 },
        options: { anomaly: { changeCount: 20 }, isRead: true },
      },
    });
  });

  it('reads routes, one value or a list, and whom to wake', () => {
    const [first, second, third] = read(yaml).routes;
    expect(first).toEqual({
      match: { source: ['prometheus'], severity: ['critical', 'high'] },
      notify: ['on-call', { user: 'U0ADA' }, { usergroup: 'S0ONCALL' }],
    });
    expect(second).toEqual({
      match: { service: ['pay*'], labels: { team: ['core', 'web*'] } },
      channel: '#payments',
      severity: 'high',
    });
    expect(third?.suggest?.command).toBe('resend-notifications {tenant}');
  });

  it('may be left out, and fills in what is left out of it', () => {
    const { escalation } = read(yaml);
    expect(escalation.notify).toEqual(['on-call']);
    expect(escalation.pagerduty).toEqual({
      routingKey: new Secret('PD', env.PD),
      url: 'https://events.pagerduty.com/v2/enqueue',
    });
    expect(read(head.replace('alerts:\n', ''))).toEqual({
      sources: {},
      routes: [],
      responders: undefined,
      escalation: { unacknowledgedMinutes: 5, unresolvedMinutes: 30, notify: [] },
      digest: { moreThan: 10, withinSeconds: 60 },
      flapping: { changes: 4, withinMinutes: 10 },
      reopenWithinMinutes: 720,
      retentionDays: { alerts: 90, raw: 14 },
    });
  });

  it.each([
    ['1m', 1],
    ['2h', 120],
    ['30d', 43_200],
  ])('reads %s as %d minutes', (written, minutes) => {
    expect(read(changed('5m', written)).sources.prometheus?.expectEveryMinutes).toBe(minutes);
  });

  it('takes secrets in a kind’s own keys, prints none of them, and hands all to the redactor', () => {
    const settings = readSettings(changed('names: [Watchdog]', 'password: env:SHORT'), {
      file: 'cs.yaml',
      env,
      sourceSchemas,
    });
    const names = secretsOfSettings(settings).map(({ name }) => name);
    expect(names.sort()).toEqual(['AM', 'PD', 'SHORT', 'URL_A', 'URL_B']);
    const printed = inspect(settings, { depth: 9 }) + JSON.stringify(settings);
    for (const value of Object.values(env)) expect(printed).not.toContain(value);
    expect(Object.isFrozen(settings.alerts.sources.prometheus?.options)).toBe(true);
  });

  it.each([
    [
      'an unknown key',
      changed('  routes:', '  rutes:'),
      ['9:3 rutes: is not a known key; did you mean "routes"?'],
    ],
    [
      'an unknown key of every source',
      changed('expectEvery:', 'expectEvry:'),
      ['7:56 sources.prometheus.expectEvry: is not a known key; did you mean "expectEvery"?'],
    ],
    [
      'an unknown key of this kind',
      changed('names: [', 'namse: ['),
      ['7:73 sources.prometheus.namse: is not a known key; did you mean "names"?'],
    ],
    [
      'a key of another kind',
      changed('names: [Watchdog]', 'anomaly: {}'),
      [
        '7:73 sources.prometheus.anomaly: is not a known key; there are kind, secrets, urlSecrets, channel, expectEvery, silenceSeverity, limits, names, password',
      ],
    ],
    [
      'an unknown key inside a key of this kind',
      changed('changeCount', 'changeCont'),
      ['8:72 sources.rms.anomaly.changeCont: is not a known key; did you mean "changeCount"?'],
    ],
    [
      'an unknown kind',
      changed('kind: alertmanager', 'kind: alertmanger'),
      ['7:25 sources.prometheus.kind: is not a kind of source; did you mean "alertmanager"?'],
    ],
    [
      'a kind found on every object',
      changed('kind: alertmanager', 'kind: constructor'),
      ['7:25 sources.prometheus.kind: is not a kind of source; there are alertmanager, genzi'],
    ],
    [
      'no kind, and what else is wrong there',
      changed('kind: alertmanager, secrets: env:AM', 'channel: ops'),
      [
        '7:17 sources.prometheus.kind: is missing. Say what sends here, such as alertmanager',
        '7:28 sources.prometheus.channel: must be a channel id such as C0123ABCD, or its name in quotes such as "#ops"',
      ],
    ],
    [
      'a source that is none',
      `${head}  sources: { prometheus: alertmanager }\n`,
      ['6:26 sources.prometheus: is not usable: expected object, received string'],
    ],
    [
      'a name nobody could put in a URL',
      `${head}  sources: { "Prom/1": { kind: alertmanager, secrets: env:AM } }\n`,
      [
        '6:14 sources.Prom/1: is not a usable source name: use lower-case letters, digits and "-", beginning with a letter, at most 40',
      ],
    ],
    [
      'the bot’s own name',
      `${head}  sources: { countersign: { kind: alertmanager, secrets: env:AM } }\n`,
      ['6:14 sources.countersign: is what the bot calls itself: give the source another name'],
    ],
    [
      'a source anybody could send to',
      changed('secrets: env:AM, ', ''),
      [
        '7:17 sources.prometheus: cannot be authenticated: anybody could send to it. Add secrets: env:NAME, or urlSecrets: env:NAME',
      ],
    ],
    [
      'the same where only the URL can prove it',
      changed('urlSecrets: [env:URL_A, env:URL_B], ', ''),
      ['8:10 sources.rms: cannot be authenticated: anybody could send to it. Add urlSecrets: env:NAME'],
    ],
    [
      'a secret that proves nothing',
      changed('kind: genzi,', 'kind: genzi, secrets: env:AM,'),
      [
        '8:34 sources.rms.secrets: has no effect: genzi signs nothing. Use urlSecrets, and give it /hooks/<name>/<secret>',
      ],
    ],
    [
      'a secret in the file',
      source('secrets: [hunter2]'),
      [
        '7:49 sources.prometheus.secrets[0]: must not stand in this file as text; put the value in an environment variable and write "env:NAME" here',
      ],
    ],
    [
      'a URL secret in the file',
      source('urlSecrets: aaaaaaaaaaaaaaaa'),
      [
        '7:51 sources.prometheus.urlSecrets[0]: must not stand in this file as text; put the value in an environment variable and write "env:NAME" here',
      ],
    ],
    [
      'a URL secret that is short',
      source('urlSecrets: [env:URL_A, env:SHORT]'),
      [
        '7:63 sources.prometheus.urlSecrets[1]: stands in a URL: it must be at least 16 letters, digits, "-" or "_". Make one with: openssl rand -hex 16',
      ],
    ],
    [
      'a URL secret that a URL cannot hold',
      source('urlSecrets: env:SPACED'),
      [
        '7:51 sources.prometheus.urlSecrets[0]: stands in a URL: it must be at least 16 letters, digits, "-" or "_". Make one with: openssl rand -hex 16',
      ],
    ],
    [
      'a secret whose variable is not set, once',
      source('urlSecrets: env:URL_C'),
      [
        '7:51 sources.prometheus.urlSecrets: names the environment variable URL_C, which is not set. Set it and start again',
      ],
    ],
    [
      'a time without a unit',
      changed('expectEvery: 5m', 'expectEvery: 5'),
      ['7:69 sources.prometheus.expectEvery: must be a time such as 5m, 2h or 1d; at most 30d'],
    ],
    [
      'a time too long',
      changed('expectEvery: 5m', 'expectEvery: 31d'),
      ['7:69 sources.prometheus.expectEvery: must be a time such as 5m, 2h or 1d; at most 30d'],
    ],
    [
      'a severity nobody knows',
      routes('{ match: { severity: criticl }, notify: on-call }'),
      ['7:28 routes[0].match.severity[0]: must be one of critical, high, warning, info'],
    ],
    [
      'somebody to wake by name',
      routes('{ notify: [on-call, ada] }'),
      [
        '7:27 routes[0].notify[1]: must be on-call, a member id such as U0123ABCD, or a user group id such as S0123ABCD',
      ],
    ],
    [
      'a number where labels are text',
      routes('{ match: { labels: { code: 500 } }, severity: info }'),
      ['7:34 routes[0].match.labels.code[0]: must be text: write numbers, true and false in quotes'],
    ],
    [
      'an empty list',
      routes('{ match: { service: [] }, severity: info }'),
      ['7:27 routes[0].match.service: is an empty list, so the rule could never match. Remove the key'],
    ],
    [
      'a channel that is none',
      routes('{ channel: alerts }'),
      [
        '7:18 routes[0].channel: must be a channel id such as C0123ABCD, or its name in quotes such as "#ops"',
      ],
    ],
    [
      'a runbook that is no address',
      routes('{ runbook: "javascript:alert(1)" }'),
      ['7:18 routes[0].runbook: must be a web address such as https://example.com/runbooks/queues'],
    ],
    [
      'PagerDuty over plain HTTP',
      changed('routingKey: env:PD', 'routingKey: env:PD, url: "http://pd.example.com/v2"'),
      [
        '15:72 escalation.pagerduty.url: must be an https:// address (http:// only on this machine): the routing key travels with every call',
      ],
    ],
    [
      'nobody who could respond',
      changed('responders: [responder]', 'responders: []'),
      ['14:15 responders: is an empty list, so nobody could acknowledge. Remove it: every role may'],
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it.each([
    [
      'a source nobody configured',
      changed('source: prometheus', 'source: promethues'),
      ['10:26 routes[0].match.source[0]: names the unknown source "promethues"; did you mean "prometheus"?'],
    ],
    [
      'a pattern that no source fits',
      changed('source: prometheus', 'source: [rms, "graf*"]'),
      [
        '10:32 routes[0].match.source[1]: names the unknown source "graf*"; there are prometheus, rms, countersign',
      ],
    ],
    [
      'a role nobody knows',
      changed('responders: [responder]', 'responders: [respnder]'),
      ['14:16 responders[0]: names the unknown role "respnder"; did you mean "responder"?'],
    ],
    [
      'waking whoever is on call while nobody is',
      yaml.replace('onCall: { usergroups: [S0ONCALL] }\n', 'onCall: {}\n'),
      [
        '10:77 routes[0].notify[0]: would wake nobody: nobody is on call. Say who in "onCall", beside "roles"',
        '15:25 escalation.notify[0]: would wake nobody: nobody is on call. Say who in "onCall", beside "roles"',
      ],
    ],
    [
      'a command that does not exist',
      changed('resend-notifications {tenant}', 'resend-notification-s {tenant}'),
      [
        '13:27 routes[2].suggest.command: cannot be run: There is no command "resend-notification-s". Did you mean "resend-notifications"?',
      ],
    ],
    [
      'a command that begins with the slash command',
      changed('"resend-notifications {tenant}"', '"/ops help"'),
      ['13:27 routes[2].suggest.command: is the command alone: leave out "/ops"'],
    ],
    [
      'a command that is a placeholder',
      changed('"resend-notifications {tenant}"', '"{title}"'),
      ['13:27 routes[2].suggest.command: cannot be run: Say which command to run. "help" lists them.'],
    ],
    [
      'a misspelt placeholder',
      changed('{tenant}', '{tennant}'),
      ['13:27 routes[2].suggest.command: has the unknown placeholder "{tennant}"; did you mean "{tenant}"?'],
    ],
    [
      'a placeholder of nothing we have',
      changed('{labels.count}', '{count of them}'),
      [
        '13:67 routes[2].suggest.label: has the unknown placeholder "{count of them}"; there are {tenant}, {service}, {environment}, {title}, {firing} and {labels.<name>}',
      ],
    ],
    [
      'a placeholder in quotes',
      changed('"resend-notifications {tenant}"', `'resend-notifications "{tenant}"'`),
      [
        '13:27 routes[2].suggest.command: quotes a placeholder: "{tenant}". Leave the quotes out, a value is one argument anyway',
      ],
    ],
    [
      'a route that gives nothing',
      routes('{ match: { service: a } }'),
      ['7:7 routes[0]: changes nothing. Give it one of channel, notify, severity, runbook, silence, suggest'],
    ],
    [
      'a route below one that matches everything and decides the same',
      routes('{ channel: C0ALL }', '{ match: { service: a }, channel: C0A }'),
      [
        '8:7 routes[1]: changes nothing: all it gives is given above for all it matches, by routes[0]. Move it up, or remove it',
      ],
    ],
    [
      'a route below several that together decide all it decides',
      routes(
        '{ match: { service: [A, b] }, channel: C0A }',
        '{ match: { labels: { team: "*" } }, notify: on-call }',
        '{ match: { service: a, labels: { pod: x } }, notify: U0ADA, channel: C0B }',
      ),
      [
        '9:7 routes[2]: changes nothing: all it gives is given above for all it matches, by routes[0] and routes[1]. Move it up, or remove it',
      ],
    ],
  ])('finds %s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it.each([
    ['the bot itself as a source', routes('{ match: { source: countersign }, severity: critical }')],
    ['a pattern over sources in another case', changed('source: prometheus', 'source: "PROM*"')],
    ['a route that fills in what those above leave out', routes('{ channel: C0ALL }', '{ notify: on-call }')],
    ['narrower routes first', routes('{ match: { service: a }, channel: C0A }', '{ channel: C0ALL }')],
    [
      'routes of which neither holds the other',
      routes('{ match: { service: [a, b] }, channel: C0A }', '{ match: { service: [b, c] }, channel: C0B }'),
    ],
    [
      'routes of different labels',
      routes(
        '{ match: { labels: { a: x } }, channel: C0A }',
        '{ match: { labels: { b: x } }, channel: C0B }',
      ),
    ],
    ['PagerDuty on this machine', changed('env:PD', 'env:PD, url: "http://127.0.0.1:8080/v2/enqueue"')],
    ['nobody to wake, said so', routes('{ match: { service: a }, notify: [] }', '{ notify: on-call }')],
    ['a command of two words', changed('resend-notifications {tenant}', 'Incident declare {title}')],
  ])('accepts %s', (_, text) => {
    expect(read(text).routes.length).toBeGreaterThan(0);
  });

  it('does not judge commands while they are not known', () => {
    const text = changed('resend-notifications {tenant}', 'resend {tenant}');
    const settings = readSettings(text, { file: 'cs.yaml', env, sourceSchemas });
    expect(settings.alerts.routes[2]?.suggest?.command).toBe('resend {tenant}');
  });
});
