import { randomBytes } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { signature } from '../../sandbox/slack/bot/http-transport.ts';
import type { ClientMessage, ClientView } from '../../sandbox/slack/client-api.ts';
import type { Effect } from '../../sandbox/targets/rms/effects.ts';
import { sampleTenants } from '../../sandbox/targets/rms/sample-tenants.ts';
import { type Rms, startRms } from '../../sandbox/targets/rms/server.ts';
import {
  startTestCountersign,
  type TestCountersign,
  type TestCountersignOptions,
} from '../support/countersign.ts';
import { testDatabase } from '../support/database.ts';
import { cardText, fieldOf } from '../support/slack.ts';
import { type Surroundings, type SurroundingsOptions, startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

export interface StoredRun {
  readonly id: string;
  readonly state: string;
  readonly problem: string | null;
  /** 64 hex digits. */
  readonly digest: string | null;
}

export interface LedgerRow {
  readonly kind: string;
  readonly actor: string;
  readonly via: string;
  readonly facts: Record<string, unknown>;
}

/** The bot with the sample system `rms`, and a look behind both. */
export interface SigningBot extends Omit<TestCountersign, 'rms'> {
  readonly rms: Rms;
  /** `/ops <text>` in #ops, and the card there that can be signed. */
  asksToSign(who: string, text: string): Promise<{ card: ClientMessage; run: StoredRun }>;
  /** `/ops <text>` in #ops, and the preview there that is to be confirmed. */
  asksToConfirm(who: string, text: string): Promise<{ card: ClientMessage; run: StoredRun }>;
  /** Waits for a message of the bot in this person's DM. */
  seesDm(who: string, matching: RegExp, since?: string): Promise<ClientMessage>;
  /** The message as it is on this person's screen now. */
  again(message: ClientMessage, who?: string): ClientMessage;
  /** Waits until this message reads so. */
  becomes(message: ClientMessage, matching: RegExp, who?: string): Promise<ClientMessage>;
  /** Waits for an answer that this person alone sees. */
  told(who: string, matching: RegExp, since: string, channel?: string): Promise<ClientMessage>;
  run(id: string): Promise<StoredRun>;
  /** What the ledger says of a run, in order; of everything without an id. */
  ledger(runId?: string): Promise<LedgerRow[]>;
  kinds(runId: string): Promise<string[]>;
  /** What really happened to a tenant since a moment. */
  effects(slug: string, endpoint: string, since?: Date): Promise<Effect[]>;
  statusOf(slug: string): Promise<string>;
  /** Without faults, and the tenant active again, whatever it was. */
  reset(slug: string): Promise<void>;
  /** Ids of failed notifications, the oldest first. */
  failedIds(slug: string, channel?: string): Promise<string[]>;
  /** A run's timer rings now. */
  makeDue(task: 'expire' | 'remind' | 'review', runId: string): Promise<void>;
  /** Chooses a tenant as it is searched for. */
  chooseTenant(who: string, modal: ClientView, slug: string): Promise<void>;
  /** Fills the fields with these labels and sends the form. */
  fillIn(who: string, modal: ClientView, fields: Readonly<Record<string, unknown>>): Promise<void>;
  close(who: string, modal: ClientView): Promise<unknown>;
  /** Sends an interaction by hand, signed as Slack signs it. Only by HTTP. */
  sendSigned(payload: object): Promise<Response>;
  /** What Slack sent last of this type, to be sent again or edited. */
  lastPayload(type: 'block_actions' | 'view_submission'): Record<string, unknown>;
}

const tenantIds = new Map(sampleTenants().map(({ slug, id }) => [slug, id]));

export function tenantId(slug: string): string {
  const id = tenantIds.get(slug);
  if (id === undefined) throw new Error(`rms has no tenant "${slug}"`);
  return id;
}

export function dmOf(who: string): string {
  return `D0${who.toUpperCase()}`;
}

export function userIdOf(who: string): string {
  return `U0${who.toUpperCase()}`;
}

export interface SigningBotOptions
  extends SurroundingsOptions,
    Pick<TestCountersignOptions, 'changeSettings'> {
  /** How long the bot waits for an answer of rms. Default: as the bot does. */
  readonly rmsTimeoutSeconds?: number;
  /** Also `rms-staging` (staging), which has the same slugs with other ids. */
  readonly hasStaging?: boolean;
}

/** Call it while the file or its `describe` is collected. */
export async function startSigningBot(options: SigningBotOptions): Promise<SigningBot> {
  const surroundings = await startSurroundings({ umbrellaRecords: 10, ...options, hasRms: true });
  const bot = await startTestCountersign({ ...options, in: await adjusted(surroundings, options) });
  const rms = bot.rms!;
  const { pool } = bot.database;
  const workspaceId = bot.workspace.directory.team.id;

  const callRms = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${rms.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${rms.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const statusOf = async (slug: string) =>
    String((await callRms('GET', `/api/tenants/${tenantId(slug)}`)).status);
  const run = async (id: string): Promise<StoredRun> => {
    const { rows } = await pool.query<StoredRun>(
      `SELECT id, state, problem, encode(digest, 'hex') AS digest FROM countersign.runs WHERE id = $1`,
      [id],
    );
    if (rows[0] === undefined) throw new Error(`There is no run ${id}`);
    return rows[0];
  };
  const again = (message: ClientMessage, who = 'linus') => {
    const found = bot.screen(who, message.channel).find(({ ts }) => ts === message.ts);
    if (found === undefined) throw new Error(`${who} does not see ${message.ts}: ${cardText(message)}`);
    return found;
  };
  const ledger = async (runId?: string): Promise<LedgerRow[]> => {
    const { rows } = await pool.query<Omit<LedgerRow, 'facts'> & { body: string }>(
      `SELECT kind, actor, via, body FROM countersign.ledger_entries
       WHERE $1::text IS NULL OR run_id = $1 ORDER BY seq`,
      [runId ?? null],
    );
    return rows.map(({ body, ...row }) => ({ ...row, facts: JSON.parse(body).facts }));
  };
  const asks = (matching: RegExp) => async (who: string, text: string) => {
    const card = await bot.ask(who, text, { matching });
    const row = await bot.lastRun(userIdOf(who));
    return { card, run: await run(row!.id) };
  };
  /** Slack gives a card's blocks new ids with every edit, and people click what they see. */
  const acting =
    (act: TestCountersign['click']): TestCountersign['click'] =>
    async (who, message, label) => {
      const result = await act(who, again(message, who), label);
      if (!result.ok) throw new Error(`${who} cannot press "${label}": ${result.error}`);
      return result;
    };
  return {
    ...bot,
    click: acting(bot.click),
    choose: acting(bot.choose),
    rms,
    run,
    ledger,
    again,
    statusOf,
    asksToSign: asks(/signatures? needed/),
    asksToConfirm: asks(/to be confirmed/i),
    seesDm: (who, matching, since = '0') =>
      until(
        () =>
          bot
            .screen(who, dmOf(who))
            .find((message) => Number(message.ts) > Number(since) && matching.test(cardText(message))),
        { deadlineMilliseconds: 10_000, waitingFor: `${who} to read ${matching} in person` },
      ),
    becomes: async (message, matching, who) => {
      const read = () => {
        const now = again(message, who);
        return matching.test(cardText(now)) ? now : undefined;
      };
      try {
        return await until(read, { deadlineMilliseconds: 10_000, waitingFor: `it to become ${matching}` });
      } catch (error) {
        throw new Error(`${(error as Error).message}\nIt is:\n${cardText(again(message, who))}`);
      }
    },
    told: async (who, matching, since, channel = 'C0OPS') => {
      const answer = await bot.sees(who, { channel, since, matching });
      if (!channel.startsWith('D') && answer.ephemeralFor !== userIdOf(who)) {
        throw new Error(`That was not said to ${who} alone: ${cardText(answer)}`);
      }
      return answer;
    },
    kinds: async (runId) => (await ledger(runId)).map(({ kind }) => kind),
    effects: async (slug, endpoint, since) =>
      (await rms.effects(since === undefined ? {} : { since })).filter(
        (effect) => effect.endpoint === endpoint && effect.entityId === tenantId(slug),
      ),
    reset: async (slug) => {
      rms.faults.clear();
      if ((await statusOf(slug)) === 'active') return;
      await callRms('PATCH', `/api/tenants/${tenantId(slug)}/activate`, {});
      if ((await statusOf(slug)) !== 'active') throw new Error(`${slug} could not be reset`);
    },
    failedIds: async (slug, channel = 'email') => {
      const list = await callRms(
        'GET',
        `/api/tenants/${tenantId(slug)}/notifications?status=failed&channel=${channel}&limit=1000`,
      );
      return (list.notifications as { id: string }[]).map(({ id }) => id);
    },
    makeDue: async (task, runId) => {
      if (task === 'expire') {
        await pool.query(
          "UPDATE countersign.runs SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1",
          [runId],
        );
      }
      const { rowCount } = await pool.query(
        // Added again under its key, which replaces it and wakes the worker.
        `SELECT graphile_worker.add_job(tasks.identifier, jobs.payload, job_key => jobs.key)
         FROM graphile_worker._private_jobs jobs JOIN graphile_worker._private_tasks tasks ON tasks.id = jobs.task_id
         WHERE jobs.key = $1`,
        [`${task}:${workspaceId}:${runId}`],
      );
      if (rowCount === 0) throw new Error(`There is no timer "${task}" for ${runId}`);
    },
    chooseTenant: async (who, modal, slug) => {
      const at = { viewId: modal.id, ...fieldOf(modal, 'Tenant') };
      const offered = await bot.workspace.as(who).options({ ...at, text: slug });
      if (!offered.options.some(({ value }) => value === slug)) {
        throw new Error(`"${slug}" is not offered: ${JSON.stringify(offered)}`);
      }
      await bot.workspace.as(who).do({ kind: 'fill', ...at, value: slug });
    },
    fillIn: async (who, modal, fields) => {
      for (const [label, value] of Object.entries(fields)) {
        const filled = await bot.fill(who, modal, label, value);
        if (!filled.ok) throw new Error(`"${label}" does not take ${String(value)}: ${filled.error}`);
      }
      const sent = await bot.submit(who, modal);
      if (!sent.ok) throw new Error(`The form was not taken: ${sent.error}`);
    },
    close: (who, modal) => bot.workspace.as(who).do({ kind: 'close', viewId: modal.id }),
    sendSigned: (payload) => {
      const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
      const at = Math.floor(Date.now() / 1000);
      return fetch(`${bot.url}/slack/events`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': String(at),
          'x-slack-signature': signature(bot.workspace.app.signingSecret, at, body),
        },
        body,
      });
    },
    lastPayload: (type) => {
      const last = bot.workspace.deliveries.findLast((delivery) => delivery.type === type);
      if (last === undefined) throw new Error(`Slack has sent no ${type} yet`);
      return structuredClone(last.payload);
    },
  };
}

async function adjusted(
  surroundings: Surroundings,
  { rmsTimeoutSeconds, hasStaging = false }: SigningBotOptions,
): Promise<Surroundings> {
  const file = join(surroundings.folder, 'settings.yaml');
  const { variables } = surroundings;
  if (rmsTimeoutSeconds !== undefined) {
    const settings = await readFile(file, 'utf8');
    const http = '      baseUrl: env:RMS_URL\n';
    await writeFile(file, settings.replace(http, `${http}      timeoutSeconds: ${rmsTimeoutSeconds}\n`));
  }
  if (!hasStaging) return surroundings;
  const database = await testDatabase({ isEmpty: true });
  const token = randomBytes(24).toString('hex');
  const staging = await startRms({ databaseUrl: database.superuserUrl, token, situation: 'compatible' });
  afterAll(() => staging.close());
  await appendFile(file, stagingTarget);
  return {
    ...surroundings,
    variables: { ...variables, RMS_STAGING_URL: staging.url, RMS_STAGING_TOKEN: token },
  };
}

const stagingTarget = `  rms-staging:
    environment: staging
    http: { baseUrl: env:RMS_STAGING_URL, auth: { bearer: env:RMS_STAGING_TOKEN } }
    tenants: {}
    tenancy: {}
`;
