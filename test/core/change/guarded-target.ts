/** An operated system in memory: two tenants, emails that failed, its own log of every effect, and a gate. */
import {
  defineCommand,
  field,
  type Json,
  type JsonObject,
  type PreparedCall,
  type Report,
  type TenantRef,
  tenantRef,
  z,
} from '../../../src/command.ts';
import { Refusal, UnknownOutcome } from '../../../src/core/errors.ts';
import { acme } from '../run-fixture.ts';

export const globex: TenantRef = {
  id: '7f9c0000-0000-4000-8000-000000000002',
  slug: 'globex',
  name: 'Globex AG',
};
const tenants = [acme, globex];

/** What a call meets on its way; `lost_*`: the answer never comes back. */
export type Meeting = 'answer' | 'refusal' | 'lost_before' | 'lost_after';

export interface SentCall {
  /** Whoever sends it. */
  readonly processId: string;
  readonly path: string;
  readonly idempotencyKey: string;
}

export interface GuardedTarget {
  readonly status: Map<string, 'active' | 'halted'>;
  readonly failed: Map<string, string[]>;
  /** Every effect that really happened, in order. */
  readonly effects: SentCall[];
  /** What a process calls it with. */
  readonly client: (processId: string) => unknown;
  /** How often it was read for a plan. */
  readonly plans: { count: number };
}

/**
 * @param meet asked before each effect, and waited for: what becomes of the call.
 */
export function guardedTarget(
  meet: (call: SentCall) => Meeting | Promise<Meeting> = () => 'answer',
): GuardedTarget {
  const status = new Map(tenants.map(({ id }) => [id, 'active' as 'active' | 'halted']));
  const failed = new Map<string, string[]>(tenants.map(({ id }) => [id, []]));
  const effects: SentCall[] = [];
  const honoured = new Map<string, Json>();
  const plans = { count: 0 };

  const prepare =
    (processId: string) =>
    (path: string, body: JsonObject, isRepeatable: boolean, act: () => Json): PreparedCall => ({
      summary: `PATCH ${path} on pilot (production)`,
      call: { method: 'PATCH', path, body },
      isRepeatable,
      send: async ({ idempotencyKey }) => {
        const call = { processId, path, idempotencyKey };
        const meeting = await meet(call);
        if (meeting === 'refusal') throw new Refusal('target_refused', `pilot answered 409 to ${path}`);
        if (meeting === 'lost_before') throw lost(path);
        const before = isRepeatable ? honoured.get(idempotencyKey) : undefined;
        const outcome = before ?? act();
        honoured.set(idempotencyKey, outcome);
        if (before === undefined) effects.push(call);
        if (meeting === 'lost_after') throw lost(path);
        return outcome;
      },
    });

  return {
    status,
    failed,
    effects,
    plans,
    client: (processId) => ({
      name: 'pilot',
      environment: 'production',
      tenants: {
        find: async (typed: string) => tenants.find(({ id, slug }) => typed === id || typed === slug),
        search: async () => tenants,
      },
      status,
      failed,
      plans,
      prepare: prepare(processId),
    }),
  };
}

function lost(path: string): UnknownOutcome {
  return new UnknownOutcome('target_outcome_unknown', `pilot cut the connection during ${path}`);
}

/** The target as these commands see it. */
interface Seen {
  readonly status: GuardedTarget['status'];
  readonly failed: GuardedTarget['failed'];
  readonly plans: GuardedTarget['plans'];
  prepare(path: string, body: JsonObject, isRepeatable: boolean, act: () => Json): PreparedCall;
}
const seen = (target: unknown): Seen => target as Seen;

const args = z.object({
  tenant: tenantRef(),
  reason: field(z.string().optional(), { isPersonal: true }),
});
const positionals = ['tenant'] as const;
const done = (headline: string): Report => ({ status: 'ok', headline });

/** `halt` and `revive`: one effect, before → after in the data, and each undoes the other. */
function switchCommand(verb: 'halt' | 'revive', version: number) {
  const after = verb === 'halt' ? 'halted' : 'active';
  const order = (target: unknown, tenantId: string): PreparedCall =>
    seen(target).prepare(`/tenants/${tenantId}/${verb}`, { status: after }, false, () => {
      seen(target).status.set(tenantId, after);
      return { status: after };
    });
  return defineCommand({
    version,
    summary: verb === 'halt' ? 'Halt a tenant' : 'Revive a tenant',
    risk: 'dangerous',
    needs: 'tenants',
    examples: [`${verb} acme`],
    args,
    positionals,
    lock: ({ tenant }) => `tenant/${tenant.id}`,
    plan: async ({ tenant }, { target, frozen }) => {
      seen(target).plans.count += 1;
      const before = seen(target).status.get(tenant.id)!;
      if (before === after && frozen === undefined) {
        throw new Refusal('already', `${tenant.slug} is already ${after}`);
      }
      const call = order(target, tenant.id);
      return {
        summary: [`Tenant ${tenant.name}: ${before} → ${after}`],
        data: { tenant: tenant.id, before, after },
        effects: [{ step: verb, summary: call.summary, call: call.call }],
        context: { users: seen(target).plans.count },
      };
    },
    run: async ({ data }, { step, observe, target }) => {
      await step(verb, order(target, String(data.tenant)));
      const shown = await observe('status', async () => seen(target).status.get(String(data.tenant)), {
        deadlineMilliseconds: 20,
      });
      return done(`${String(data.tenant)} is ${shown ?? 'not seen'}`);
    },
    undo: verb === 'halt' ? 'revive' : 'halt',
    lookAgain: async ({ data }, { target }) => {
      const now = seen(target).status.get(String(data.tenant));
      return { happened: now === after ? 'yes' : 'no', lines: [`its status is ${now}`] };
    },
  });
}

/** One effect that the target makes at most once for each key, however often it is asked. */
const nudge = defineCommand({
  version: 1,
  summary: 'Nudge a tenant',
  risk: 'change',
  needs: 'tenants',
  examples: ['nudge acme'],
  args,
  positionals,
  lock: ({ tenant }) => `tenant/${tenant.id}`,
  plan: async ({ tenant }, { target }) => {
    const call = seen(target).prepare(`/tenants/${tenant.id}/nudge`, {}, true, () => null);
    return {
      summary: [`Nudges ${tenant.name}`],
      data: { tenant: tenant.id },
      effects: [{ step: 'nudge', summary: call.summary, call: call.call }],
    };
  },
  run: async ({ data }, { step, target }) => {
    await step(
      'nudge',
      seen(target).prepare(`/tenants/${String(data.tenant)}/nudge`, {}, true, () => null),
    );
    return done('nudged');
  },
});

/** A list of ids frozen into the plan, one effect for each; items are counted, never given up for one another. */
const resend = defineCommand({
  version: 1,
  summary: 'Resend failed emails',
  risk: 'change',
  needs: 'tenants',
  examples: ['resend acme'],
  args,
  positionals,
  lock: ({ tenant }) => `tenant/${tenant.id}`,
  plan: async ({ tenant }, { target, frozen }) => {
    const now = seen(target).failed.get(tenant.id)!;
    const ids =
      frozen === undefined ? now.toSorted() : (frozen.ids as string[]).filter((id) => now.includes(id));
    return {
      summary: [`Sends ${ids.length} emails of ${tenant.name} again`],
      data: { tenant: tenant.id, ids, count: ids.length },
      effects: ids.map((id) => {
        const call = resendCall(target, tenant.id, id);
        return { step: `resend:${id}`, summary: call.summary, call: call.call };
      }),
      context: { failedNow: now.length },
      action: `Resend ${ids.length} emails`,
    };
  },
  run: async ({ data }, { step, target, progress }) => {
    let sent = 0;
    for (const id of data.ids as string[]) {
      try {
        await step(`resend:${id}`, resendCall(target, String(data.tenant), id));
        sent += 1;
      } catch (error) {
        if (!(error instanceof Refusal || error instanceof UnknownOutcome)) throw error;
      }
      progress(`${sent} sent`);
    }
    return done(`${sent} of ${(data.ids as string[]).length} sent`);
  },
});

function resendCall(target: unknown, tenantId: string, id: string): PreparedCall {
  return seen(target).prepare(`/emails/${id}/resend`, { tenant: tenantId }, false, () => {
    const { failed } = seen(target);
    failed.set(
      tenantId,
      failed.get(tenantId)!.filter((one) => one !== id),
    );
    return { sent: true };
  });
}

/** @param version of `halt`: what the command does has changed when it is raised. */
export function guardedCommands(version = 1): Record<string, unknown> {
  return { halt: switchCommand('halt', version), revive: switchCommand('revive', 1), nudge, resend };
}
