import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from '../src/config/settings.ts';
import { cleanParsed } from '../src/core/alerts/clean-signal.ts';
import { differingLabels } from '../src/core/alerts/differing-labels.ts';
import type { StateSignal } from '../src/core/alerts/fold-member.ts';
import { routingOf } from '../src/core/alerts/route.ts';
import type { ParsedDelivery } from '../src/core/alerts/signal.ts';
import { listen } from '../src/http/server.ts';
import { alertMessage } from '../src/slack/views/alert-message.ts';
import { targetSchemas } from '../src/targets/targets.ts';
import { generic } from '../src/webhooks/generic.ts';
import { hooks, type StoredDelivery } from '../src/webhooks/hooks.ts';
import { loadShippedMappings } from '../src/webhooks/shipped-mappings.ts';
import { UnreadableDelivery } from '../src/webhooks/source-kind.ts';
import { loadSourceKinds } from '../src/webhooks/source-kinds.ts';
import { groupLife } from './core/alerts/signals.ts';
import { shown } from './slack/views/sample-views.ts';
import { seenText } from './slack/views/seen-text.ts';
import { rawDelivery } from './webhooks/deliver.ts';
import { readSample } from './webhooks/samples.ts';

const page = await readFile(join(resolve(import.meta.dirname, '..'), 'docs/generic-sources.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, name]) => name === language)
    .map(([, , it]) => it!);
const yamlOf = (head: string) => blocks('yaml').filter((yaml) => yaml.startsWith(`# ${head}\n`));

const kinds = loadSourceKinds();
const secret = 'a-secret-of-this-length';
const sources = Object.assign(
  {},
  ...yamlOf('countersign.yaml').map((yaml) => read(yaml).sources),
) as ReturnType<typeof read>['sources'];

interface Body {
  notification: string;
  sent: number;
  checks: Record<string, unknown>[];
}
const [exampleJson = ''] = blocks('json');
const example = () => JSON.parse(exampleJson) as Body;
/** The example with something about its alerts changed: about each, or about the first and the second. */
const changed = (...changes: object[]): Body => ({
  ...example(),
  checks: example().checks.map((check, index) => ({ ...check, ...(changes[index] ?? changes[0]) })),
});

/** What the page's source of that name makes of a body, as the bot stores it. */
function parsed(name: string, json: unknown): ParsedDelivery {
  const settings = sources[name]!;
  const source = { name, secrets: settings.secrets, options: settings.options };
  return cleanParsed(kinds.get(settings.kind)!.parse(json, rawDelivery(json), source));
}

/** The card after each of these has come, a minute apart. */
function card(...bodies: Body[]): string {
  const life = groupLife();
  const changes = bodies.map((body, index) => {
    const { signals, truncated } = parsed('queues', body);
    const at = new Date(Date.UTC(2026, 2, 2, 9, 20 + index, 17));
    return life.hear(at, signals as StateSignal[], truncated);
  });
  const view = {
    group: { ...changes.at(-1)!.after, source: 'queues', id: 'g-7k2m9q4x' },
    differing: differingLabels([...life.members.values()]),
    mentions: [],
    silence: undefined,
    incidentLink: undefined,
    suggestion: undefined,
    receipt: undefined,
    pagedAt: undefined,
  };
  return seenText(alertMessage(view, shown)).replace(/^ {2}/gm, '');
}

describe('the example of docs/generic-sources.md', () => {
  it('is read as two alerts of one card', () => {
    const { signals, ...delivery } = parsed('queues', example());
    expect(delivery).toEqual({
      event: 'firing',
      isKnown: true,
      deliveryId: 'n-4711',
      sentAt: new Date('2026-03-02T09:20:17Z'),
      truncated: undefined,
      isAlive: undefined,
    });
    const first = {
      status: 'firing',
      groupKey: 'check:7',
      fingerprint: 'check:7 on mq-1',
      severity: 'critical',
      title: 'Order queue is stuck',
      summary: '1,840 orders wait, the oldest for 8 minutes',
      service: 'orders',
      environment: 'production',
      labels: { node: 'mq-1' },
      links: [{ label: 'Check', url: 'https://queues.example.com/checks/7' }],
      startsAt: new Date('2026-03-02T09:12:00Z'),
      order: 1_772_443_217_000,
    };
    const second = {
      ...first,
      fingerprint: 'check:7 on mq-2',
      severity: 'high',
      summary: '212 orders wait, the oldest for 6 minutes',
      labels: { node: 'mq-2' },
      startsAt: new Date('2026-03-02T09:14:00Z'),
    };
    expect(signals).toEqual([first, second]);
  });

  it('becomes the card that is shown', () => {
    const [text = ''] = blocks('text');
    const [notification, ...lines] = card(example()).trimEnd().split('\n');
    expect(`${lines.join('\n')}\n`).toBe(text);
    expect(notification).toBe('notification: CRITICAL orders: Order queue is stuck, 2 firing (production)');
  });

  it('ends, ends in part and goes on as the page says', () => {
    expect(page).toContain('it turns into `✓ RESOLVED`');
    expect(card(example(), changed({ state: 'UP' }))).toMatch(/^✓ RESOLVED orders: Order queue is stuck/m);
    expect(page).toContain('`1 firing, 1 resolved`');
    expect(card(example(), changed({ state: 'UP' }, {}))).toMatch(/^1 firing, 1 resolved /m);
    expect(page).toContain('with `"state": "DEGRADED"` it stays as it is');
    expect(parsed('queues', changed({ state: 'DEGRADED' }))).toMatchObject({ isKnown: false, signals: [] });
  });
});

describe('the settings of docs/generic-sources.md', () => {
  it('are taken as they stand', () => {
    expect(Object.keys(sources).sort()).toEqual(['builds', 'queues', 'uptime-kuma']);
    expect(blocks('yaml')).toHaveLength(yamlOf('countersign.yaml').length + yamlOf('mapping').length);
  });

  it('show cases that hold as they are meant', () => {
    const [mapping, ...others] = yamlOf('mapping').map((yaml) => parse(yaml) as object);
    expect(others).toEqual([]);
    const options = generic.options.parse({ mapping });
    const readAs = (json: object) => {
      const body = { id: 1, name: 'shop', ...json };
      return generic.parse(body, rawDelivery(body), { name: 'cases', secrets: [], options });
    };
    expect(readAs({ state: 'down' }).signals).toMatchObject([
      { status: 'firing', title: 'shop is down', quietMinutes: undefined },
    ]);
    expect(readAs({ kind: 'testing', state: 'down' })).toMatchObject({ isKnown: true, signals: [] });
    for (const state of ['warn', undefined]) {
      expect(readAs({ kind: 'certificate', state }).signals).toMatchObject([
        { status: 'firing', title: 'The certificate of shop expires', quietMinutes: 1440 },
      ]);
    }
  });

  it('tell a signed request from one that is not', () => {
    const { secrets, options } = sources.builds!;
    const body = Buffer.from('{"pipeline":"web","result":"failure"}');
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const proof = (given: string) =>
      generic.verify(rawDelivery({}, { body, headers: { 'x-signature': given } }), {
        name: 'builds',
        secrets,
        options: options as never,
      }).kind;
    expect(proof(`sha256=${signature}`)).toBe('proven');
    expect(proof(signature)).toBe('refused');
    expect(parsed('builds', { pipeline: 'web', result: 'failure' }).signals).toMatchObject([
      { title: 'web is broken', severity: 'high' },
    ]);
  });

  it('change one key of a shipped kind and leave the others', () => {
    const kind = kinds.get('uptime-kuma')!;
    const json = { ...(readSample('uptime-kuma', 'down').json as object) } as {
      monitor: { tags: { name: string; value: string }[] };
    };
    json.monitor = { ...json.monitor, tags: json.monitor.tags.filter(({ name }) => name !== 'severity') };
    const shipped = kind.parse(json, rawDelivery(json), {
      name: 'uptime-kuma',
      secrets: [],
      options: kind.options.parse({}),
    });
    const [before] = cleanParsed(shipped).signals;
    expect(before?.severity).toBe('critical');
    expect(parsed('uptime-kuma', json).signals).toEqual([{ ...before, severity: 'high' }]);
  });

  it('name the kinds that are mappings', () => {
    const named = /^(.*) are mappings as well/m.exec(page)?.[1] ?? '';
    expect(codeIn(named)).toEqual(loadShippedMappings().map(({ kind }) => kind));
  });
});

describe('what docs/generic-sources.md says of the unknown', () => {
  const [firstCheck, secondCheck] = example().checks;

  it('never resolves', () => {
    for (const state of ['DEGRADED', 'upward', 'RESOLVED', 'ok', '', null, undefined, {}, ['up'], true]) {
      expect(parsed('queues', changed({ state }))).toMatchObject({
        event: 'unknown',
        isKnown: false,
        signals: [],
      });
    }
  });

  it('is a warning where it is a severity', () => {
    expect(parsed('queues', changed({ level: 'sev-z' })).signals[0]?.severity).toBe('warning');
    for (const [level, severity] of [
      ['error', 'high'],
      ['fatal', 'critical'],
      ['P1', 'critical'],
      ['sev2', 'high'],
      ['low', 'info'],
    ]) {
      expect(page).toContain(`\`${level}\``);
      expect(parsed('queues', changed({ level })).signals[0]?.severity).toBe(severity);
    }
  });

  it('is left out, the key standing for a title', () => {
    const bare = { check: { id: 7 }, text: undefined, tags: undefined };
    expect(parsed('queues', changed(bare)).signals[0]).toMatchObject({
      title: 'check:7',
      service: undefined,
      links: [],
    });
  });

  it('counts as left out where an alert has no key, and is refused where none has one', () => {
    const body = { ...example(), checks: [firstCheck, { ...secondCheck, check: {} }] as Body['checks'] };
    expect(parsed('queues', body)).toMatchObject({ truncated: 1, signals: [{ groupKey: 'check:7' }] });
    expect(card(body)).toContain('at least 1 firing');
    expect(() => parsed('queues', changed({ check: {} }))).toThrow(UnreadableDelivery);
    expect(() => parsed('queues', changed({ check: {} }))).toThrow('"check:{/check/id}"');
    expect(() => parsed('queues', { sent: 1 })).toThrow('no list at "/checks"');
  });
});

describe('trying it as docs/generic-sources.md says', () => {
  const [, address = '', header = ''] =
    /curl -i "https:\/\/countersign\.example\.com(\S+)" -H '([^']+)' --data @body\.json\n/.exec(page) ?? [];
  const [headerName = '', headerValue = ''] = header.split(': ');

  async function tried() {
    const stored: StoredDelivery[] = [];
    const server = await listen(
      {},
      {
        port: 0,
        host: '127.0.0.1',
        prefixes: {
          '/hooks/': hooks({
            sources: () => sources,
            kinds,
            store: async (delivery) => {
              const isKnown = stored.some(({ deliveryId }) => deliveryId === delivery.deliveryId);
              stored.push(delivery);
              return isKnown ? 'known' : 'stored';
            },
            onRefused: () => undefined,
            onFault: (error) => {
              throw error;
            },
            now: () => new Date(),
          }),
        },
        onFault: () => undefined,
      },
    );
    onTestFinished(() => server.close());
    return async (
      body: unknown,
      { path = address.replace('$QUEUES_URL_SECRET', secret), contentType = headerValue } = {},
    ) => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
        method: 'POST',
        headers: { [headerName]: contentType },
        body: JSON.stringify(body),
      });
      return `${response.status} ${await response.text()}`;
    };
  }

  it('gets the answers that it names', async () => {
    const send = await tried();
    const answers = codeIn(page).filter((code) => code.includes('{"ok"'));
    expect(answers).toEqual(['202 {"ok":true}', '{"ok":true,"duplicate":true}']);
    expect(await send(example())).toBe(answers[0]);
    expect(await send(example())).toBe(`202 ${answers[1]}`);
    expect(await send({ ...example(), notification: 'n-4712' })).toBe(answers[0]);
    expect(await send(changed({ state: 'DEGRADED' }))).toMatch(/^202 /);
  });

  it('needs another id and a later time to be more than a copy', () => {
    const up = changed({ state: 'UP' });
    expect(card(example(), up, example())).toMatch(/^✓ RESOLVED /m);
    expect(card(example(), up, { ...example(), sent: example().sent + 60 })).toMatch(/^⛔ CRITICAL /m);
  });

  it('calls nobody behind the route that it names', () => {
    const [route, ...others] = codeIn(page).filter((code) => code.startsWith('{ match:'));
    expect(others).toEqual([]);
    const [queues = ''] = yamlOf('countersign.yaml');
    const { routes } = read(`${queues}  routes:\n    - ${route}\n    - { notify: [U0GRACE] }\n`);
    const about = { ...parsed('queues', example()).signals[0]!, source: 'queues' };
    expect(routingOf(about, routes)).toMatchObject({ severity: 'warning', notify: [] });
    expect(routingOf({ ...about, source: 'another' }, routes)).toMatchObject({
      notify: [{ user: 'U0GRACE' }],
    });
  });

  it('is refused for the reasons that it names', async () => {
    const send = await tried();
    expect(await send({ checks: 'none' })).toMatch(/^400 .*no list at/);
    expect(await send(example(), { path: '/hooks/queues/another-secret-there' })).toMatch(/^401 /);
    expect(await send(example(), { path: `/hooks/queue/${secret}` })).toMatch(/^404 /);
    expect(await send(example(), { contentType: 'text/plain' })).toMatch(/^415 /);
  });
});

function read(yaml: string) {
  const variables = [...yaml.matchAll(/\benv:([A-Z_]+)/g)].map(([, name]) => name!);
  const rest =
    'channels: { ops: C0OPS, ledger: C0LEDGER }\nroles: { responder: { users: [U0ADA] } }\npolicy: []\ntargets: {}\n';
  return readSettings(rest + yaml, {
    file: 'countersign.yaml',
    env: Object.fromEntries(variables.map((name) => [name, secret])),
    targetSchemas,
    sourceSchemas: Object.fromEntries(kinds),
  }).alerts;
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
}
