import type pg from 'pg';
import { z } from 'zod';
import { audit } from '../audit.ts';
import { change, type Transaction } from '../change.ts';
import { type Endpoint, HttpProblem, readAs, readQuery } from '../endpoint.ts';

/** The routes and features that can be shut; true: open. */
const flags = ['public-api', 'attachments-download', 'sync', 'exports', 'self-registration'] as const;

type Value = Readonly<Record<string, string | number | boolean>>;

interface Switch {
  /** As faults are filed under it; reads are `<name>-state`. */
  readonly name: string;
  readonly path: string;
  readonly section: string;
  readonly shape: z.ZodType<Value>;
  readonly initial: Value;
}

const switches: readonly Switch[] = [
  {
    name: 'attachments',
    path: '/api/settings/attachments',
    section: 'attachments',
    shape: z.strictObject({ public: z.boolean() }),
    initial: { public: true },
  },
  {
    name: 'log-level',
    path: '/api/settings/log-level',
    section: 'logging',
    shape: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']) }),
    initial: { level: 'info' },
  },
  {
    name: 'monitoring',
    path: '/api/settings/monitoring',
    section: 'monitoring',
    shape: z.strictObject({ httpSampleRate: z.number().min(0).max(1) }),
    initial: { httpSampleRate: 0.1 },
  },
];

async function stored(
  database: pg.Pool | Transaction,
  name: string,
): Promise<{ readonly value: Value; readonly changedAt: Date } | undefined> {
  const { rows } = await database.query<{ value: Value; changedAt: Date }>(
    'SELECT value, changed_at AS "changedAt" FROM rms.switches WHERE name = $1',
    [name],
  );
  return rows[0];
}

/** One change of a switch: nothing happens, and nothing is audited, when it stands so already. */
async function put(
  transaction: Transaction,
  call: Parameters<Endpoint['answer']>[0],
  order: { readonly name: string; readonly section: string; readonly value: Value; readonly initial: Value },
): Promise<string | undefined> {
  const { name, section, value, initial } = order;
  // Two who set the same one come one after another.
  await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`rms switch ${name}`]);
  const before = (await stored(transaction, name))?.value ?? initial;
  const changed = Object.keys(value).filter((key) => before[key] !== value[key]);
  if (changed.length === 0) return undefined;
  await transaction.query(
    `INSERT INTO rms.switches (name, value, changed_at) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET value = $2, changed_at = $3`,
    [name, JSON.stringify(value), call.at],
  );
  await audit(transaction, call, {
    entity: 'settings',
    entityId: 'default',
    action: 'settings.updated',
    section,
    changed,
  });
  return name;
}

const settings = switches.flatMap(({ name, path, section, shape, initial }): Endpoint[] => [
  {
    name: `${name}-state`,
    method: 'GET',
    paths: [path],
    async answer(call, { pool }) {
      readQuery({}, call.query);
      const now = await stored(pool, name);
      return { status: 200, body: { ...(now?.value ?? initial), changedAt: now?.changedAt ?? null } };
    },
  },
  {
    name,
    method: 'PUT',
    paths: [path],
    async answer(call, state) {
      const value = readAs(shape, call.body);
      return change(call, state, { honoursIdempotencyKey: false }, async (transaction) => ({
        body: value,
        changed: await put(transaction, call, { name, section, value, initial }),
      }));
    },
  },
]);

function knownFlag(flag: string | undefined): string {
  const known = flags.find((one) => one === flag);
  if (known === undefined) throw new HttpProblem(404, `no such flag; there are ${flags.join(', ')}`);
  return known;
}

const flagState: Endpoint = {
  name: 'flag-state',
  method: 'GET',
  paths: ['/api/flags/:flag'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const flag = knownFlag(call.parameters.flag);
    const now = await stored(pool, `flag:${flag}`);
    return {
      status: 200,
      body: { flag, enabled: now?.value.enabled ?? true, changedAt: now?.changedAt ?? null },
    };
  },
};

const setFlag: Endpoint = {
  name: 'flag',
  method: 'PUT',
  paths: ['/api/flags/:flag'],
  async answer(call, state) {
    const flag = knownFlag(call.parameters.flag);
    const { enabled } = readAs(z.strictObject({ enabled: z.boolean() }), call.body);
    return change(call, state, { honoursIdempotencyKey: false }, async (transaction) => ({
      body: { flag, enabled },
      changed: await put(transaction, call, {
        name: `flag:${flag}`,
        section: 'flags',
        value: { enabled },
        initial: { enabled: true },
      }),
    }));
  },
};

const webhookSecret = 'MONITORING_WEBHOOK_SECRET';

/** A new secret is made and put where secrets are kept; its name is answered, its value never. */
const rotateWebhook: Endpoint = {
  name: 'webhook-rotate',
  method: 'POST',
  paths: ['/api/monitoring/webhook/rotate'],
  async answer(call, state) {
    readAs(z.strictObject({}), call.body);
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const before = (await stored(transaction, 'webhook-secret'))?.value.version ?? 1;
      const version = Number(before) + 1;
      await put(transaction, call, {
        name: 'webhook-secret',
        section: 'monitoring',
        value: { version },
        initial: { version: 1 },
      });
      return { body: { secretName: webhookSecret, version }, changed: webhookSecret };
    });
  },
};

const webhookState: Endpoint = {
  name: 'webhook-state',
  method: 'GET',
  paths: ['/api/monitoring/webhook'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const now = await stored(pool, 'webhook-secret');
    const body = {
      secretName: webhookSecret,
      version: now?.value.version ?? 1,
      rotatedAt: now?.changedAt ?? null,
      lastStatus: 200,
    };
    return { status: 200, body };
  },
};

export const switchEndpoints: readonly Endpoint[] = [
  ...settings,
  flagState,
  setFlag,
  webhookState,
  rotateWebhook,
];
