import {
  type AuditLogEntry,
  code,
  counted,
  date,
  defineCommand,
  field,
  grouped,
  type JsonObject,
  type Line,
  type OpenInvoice,
  quoted,
  type Reading,
  Refusal,
  type Report,
  readable,
  type Span,
  type TargetInfo,
  type TargetKinds,
  type TenantRef,
  type TenantState,
  targetRef,
  tenantAction,
  tenantName,
  tenantRef,
  z,
} from '../src/command.ts';

/** Clocks kept by NTP agree within a second; five cover a coarse one without reaching back to an earlier activation. */
const clockAllowanceMilliseconds = 5_000;
/** A step is given up after 30 s, yet proxies hold a request for up to 60 s more: only then is "no" an answer. */
const inFlightMilliseconds = 120_000;
/** A card holds 8 short lines: the first few invoices say whom to ask, the target has them all. */
const mostNamed = 3;

export default defineCommand({
  version: 1,
  summary: 'Activate a suspended tenant and resume its counters',
  risk: 'dangerous',
  needs: 'tenancy',
  examples: ['activate-tenant acme', 'activate-tenant acme --reason "invoice INV-7 was paid"'],
  args: z.object({
    tenant: tenantRef(),
    reason: field(
      z
        .string()
        .trim()
        .min(10, 'Say why in at least 10 characters, or leave it out')
        .max(500, 'Say why in at most 500 characters')
        .optional(),
      {
        multiline: true,
        isPersonal: true,
        hint: 'Signers read it, and it goes into the audit log of the target',
      },
    ),
    target: targetRef(),
  }),
  positionals: ['tenant'],
  lock: ({ tenant }) => `tenant/${tenant.id}`,

  async plan({ tenant, reason }, { target, now, frozen }) {
    const readAt = now();
    const state = await target.tenancy.state(tenant);
    const signed = frozen && z.array(z.string()).parse(frozen.steps);
    const isActivating = !isActive(state);
    const isResuming = state.areCountersPaused && (signed?.includes('resume-counters') ?? true);
    if (!isActivating && (signed?.includes('activate') || !isResuming)) {
      throw alreadyActive(tenant, target, frozen);
    }

    const overdue = state.openInvoices.filter((invoice) => invoice.isOverdue);
    if (isActivating && overdue.length > 0) {
      throw new Refusal(
        'overdue_invoices',
        `"${tenant.slug}" has ${counted(overdue.length, 'overdue invoice')} on ${target.name} (${target.environment}): ${listed(overdue.map(invoiceText))}. Nothing was done. Have them settled or written off there, then ask again.`,
      );
    }
    const activate = target.tenancy.activate(tenant, orderOf(reason));
    const resume = target.tenancy.resumeCounters(tenant);
    const steps = [...(isActivating ? ['activate'] : []), ...(isResuming ? ['resume-counters'] : [])];
    return {
      action: isActivating ? tenantAction('Activate', tenant) : 'Resume its counters',
      data: {
        id: tenant.id,
        slug: tenant.slug,
        from: state.status,
        to: 'active',
        steps,
        ...(reason === undefined ? {} : { reason }),
      },
      effects: [
        ...(isActivating ? [{ step: 'activate', summary: activate.summary, call: activate.call }] : []),
        ...(isResuming ? [{ step: 'resume-counters', summary: resume.summary, call: resume.call }] : []),
      ],
      summary: [
        isActivating
          ? [
              'Activate ',
              ...tenantName(tenant),
              `${isResuming ? ' and resume its counters' : ''}; it is ${state.status}`,
            ]
          : ['Resume the counters of ', ...tenantName(tenant), '; it is active already'],
        [
          `${counted(state.activeUsers, 'active user')} · ${counted(state.openInvoices.length, 'open invoice')}`,
          ` · counters ${state.areCountersPaused ? 'paused' : 'running'} · id `,
          code(tenant.id),
        ],
      ],
      warnings: warningsOf(state, target, { isActivating, isResuming }),
      context: {
        readAt: readAt.toISOString(),
        activeUsers: state.activeUsers,
        openInvoices: state.openInvoices.length,
        overdueInvoices: overdue.length,
        adjustedQuotas: state.adjustedQuotas.length,
      },
    };
  },

  async run({ args: { tenant }, data, context }, { step, observe, target, now }) {
    const since = plannedAt(context, now());
    const isActivating = data.steps.includes('activate');
    const isResuming = data.steps.includes('resume-counters');
    if (isActivating) await step('activate', target.tenancy.activate(tenant, orderOf(data.reason)));
    // The tenant is active by now whatever becomes of its counters, and people have to read both.
    const resumed = isResuming
      ? await readable(step('resume-counters', target.tenancy.resumeCounters(tenant)))
      : undefined;
    const resumeProblem = resumed !== undefined && 'why' in resumed ? resumed.why : undefined;

    let state: Reading<TenantState> | undefined;
    let entries: Reading<readonly AuditLogEntry[]> | undefined;
    const [seenState, entry] = await Promise.all([
      observe('status active', async () => {
        state = await readable(target.tenancy.state(tenant));
        if (!('value' in state)) return undefined;
        const { status, areCountersPaused } = state.value;
        // Counters whose call failed are read too, but not waited for.
        const isAwaited = isResuming && resumeProblem === undefined && areCountersPaused;
        return isActive(state.value) && !isAwaited ? { status, areCountersPaused } : undefined;
      }),
      isActivating
        ? observe('audit entry', async () => {
            entries = await readable(activations(target, tenant, since));
            return 'value' in entries ? seenEntry(entries.value) : undefined;
          })
        : undefined,
    ]);
    return report(tenant, target, {
      from: data.from,
      state: seenState ?? (state !== undefined && 'value' in state ? state.value : undefined),
      stateProblem: notSeen(state),
      isActivating,
      entry,
      entryProblem: notSeen(entries),
      isResuming,
      resumeProblem,
    });
  },

  async lookAgain({ args: { tenant }, data, context }, { target, now }) {
    const since = plannedAt(context, now());
    const [state, entries] = await Promise.all([
      readable(target.tenancy.state(tenant)),
      readable(activations(target, tenant, since)),
    ]);
    const entry = 'value' in entries ? entries.value[0] : undefined;
    const lines: Line[] = [
      'value' in state ? `Status on ${target.name}: ${state.value.status}` : `Status: unknown, ${state.why}`,
      'value' in entries
        ? ['Audit entry since the plan: ', ...(entry === undefined ? ['none'] : described(entry))]
        : `Audit entry: unknown, ${entries.why}`,
    ];
    const [isActivating, isResuming] = ['activate', 'resume-counters'].map((step) =>
      data.steps.includes(step),
    );
    if ('value' in state && isResuming) {
      lines.push(`Counters: ${state.value.areCountersPaused ? 'still paused' : 'running'}`);
    }
    if (!('value' in state) || !('value' in entries)) return { happened: 'unclear', lines };
    const { status, areCountersPaused } = state.value;
    const isDone =
      (!isActivating || (isActive(state.value) && entry !== undefined)) &&
      (!isResuming || !areCountersPaused);
    if (isDone) return { happened: 'yes', lines };
    const isUntouched =
      (!isActivating || (status === data.from && entry === undefined)) && (!isResuming || areCountersPaused);
    if (!isUntouched) return { happened: 'unclear', lines };
    if (now().getTime() - since.getTime() >= inFlightMilliseconds) return { happened: 'no', lines };
    return {
      happened: 'unclear',
      lines: [...lines, 'The call may still be on its way: look again in two minutes.'],
    };
  },
});

function isActive({ status }: Pick<TenantState, 'status'>): boolean {
  return status.toLowerCase() === 'active';
}

function orderOf(reason: string | undefined) {
  return reason === undefined ? {} : { reason };
}

function alreadyActive(tenant: TenantRef, target: TargetInfo, frozen: JsonObject | undefined): Refusal {
  const where = `on ${target.name} (${target.environment})`;
  return new Refusal(
    'already_active',
    frozen === undefined
      ? `"${tenant.slug}" is already active ${where} and its counters are running, so nothing was done.`
      : `"${tenant.slug}" was ${frozen.from} when this was asked and is active ${where} now, so nothing was sent. Whether anything is left to do: /ops activate-tenant ${quoted(tenant.slug)}`,
  );
}

function warningsOf(
  state: TenantState,
  target: TargetInfo,
  { isActivating, isResuming }: { isActivating: boolean; isResuming: boolean },
): Line[] {
  const warnings: Line[] = [];
  if (state.areCountersPaused && !isResuming) {
    warnings.push('Its counters are paused now and stay so: resuming them was not signed');
  }
  if (isActivating && state.status.toLowerCase() !== 'suspended') {
    warnings.push(`It is "${state.status}", not "suspended": ${target.name} may refuse to activate it.`);
  }
  const { openInvoices, adjustedQuotas } = state;
  if (openInvoices.length > 0) {
    warnings.push(
      `${counted(openInvoices.length, 'invoice')} still open: ${listed(openInvoices.map(invoiceText))}`,
    );
  }
  if (adjustedQuotas.length > 0) {
    const quotas = adjustedQuotas.map(
      ({ name, limit, original }) => `${name} ${grouped(limit)} instead of ${grouped(original)}`,
    );
    warnings.push(
      `${counted(adjustedQuotas.length, 'quota')} changed by hand: ${listed(quotas)}. This does not set them back.`,
    );
  }
  return warnings;
}

function invoiceText({ id, amount, dueAt, isOverdue }: OpenInvoice): string {
  const due = dueAt === undefined ? 'no due date' : `due ${dueAt.toISOString().slice(0, 10)}`;
  return `${id} ${amount} (${due}${isOverdue ? ', overdue' : ''})`;
}

function listed(texts: readonly string[]): string {
  const more = texts.length - mostNamed;
  return `${texts.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
}

/**
 * Where looking back begins: when the plan this run carries out was read. It is stored, so a run taken over
 * after a crash still finds what its first attempt caused.
 */
function plannedAt(context: JsonObject | undefined, otherwise: Date): Date {
  const readAt = new Date(String(context?.readAt));
  return Number.isNaN(readAt.getTime()) ? otherwise : readAt;
}

/** Targets name it differently (`tenant.activated`, `TENANT_UNSUSPEND`); "deactivate" is another word. */
const activation = /(^|[^a-z])((re)?activated?|unsuspend(ed)?)([^a-z]|$)/i;

async function activations(
  target: TargetKinds['tenancy'],
  tenant: TenantRef,
  planned: Date,
): Promise<readonly AuditLogEntry[]> {
  const since = new Date(planned.getTime() - clockAllowanceMilliseconds);
  const entries = await target.tenancy.auditLog(tenant, { since, limit: 50 });
  return entries.filter(({ at, action }) => at >= since && activation.test(action));
}

type SeenEntry = { readonly action: string; readonly actor: string; readonly at: string };

function seenEntry([entry]: readonly AuditLogEntry[]): SeenEntry | undefined {
  return entry && { action: entry.action, actor: entry.actor, at: entry.at.toISOString() };
}

function described(entry: { action: string; actor: string; at: Date | string }): Span[] {
  return [`${entry.action} by ${entry.actor}, `, date(new Date(entry.at))];
}

function notSeen(reading: Reading<unknown> | undefined): string {
  return reading === undefined || 'value' in reading ? 'not seen' : `unknown, ${reading.why}`;
}

interface Outcome {
  readonly from: string;
  /** As last read; undefined when it could not be. */
  readonly state: Pick<TenantState, 'status' | 'areCountersPaused'> | undefined;
  readonly stateProblem: string;
  readonly isActivating: boolean;
  readonly entry: SeenEntry | undefined;
  readonly entryProblem: string;
  readonly isResuming: boolean;
  /** What the call that resumes the counters came back with, when it did not go well. */
  readonly resumeProblem: string | undefined;
}

function report(tenant: TenantRef, target: TargetInfo, seen: Outcome): Report {
  const slug = short(tenant.slug);
  const { state } = seen;
  const lines: Line[] = [
    statusLine(seen, target),
    ...(seen.isActivating
      ? [
          seen.entry === undefined
            ? `Audit entry: ${seen.entryProblem}`
            : (['Audit entry: ', ...described(seen.entry)] as Line),
        ]
      : []),
    ...(seen.isResuming ? [countersOutcome(seen)] : []),
  ];
  if (state === undefined) {
    return {
      status: 'unknown',
      headline: `${slug}: call accepted, but its status was not seen`,
      lines,
      next: `Look at the tenant on ${target.name}: it may not be active yet.`,
    };
  }
  if (!isActive(state)) {
    return {
      status: 'bad',
      headline: `NOT active: ${slug} is still ${short(state.status)}`,
      lines,
      next: `Look at the tenant on ${target.name}: its users may still be locked out.`,
    };
  }
  if (seen.isResuming && state.areCountersPaused) {
    return {
      status: 'bad',
      headline: `${slug} is active, but its counters are still paused`,
      lines,
      next: [
        'Resume them: ',
        code(`/ops activate-tenant ${quoted(tenant.slug)}`),
        ' plans only what is left.',
      ],
    };
  }
  if (seen.isActivating && seen.entry === undefined) {
    return {
      status: 'warning',
      headline: `${slug} is active, but its audit entry was not seen`,
      lines,
      next: `Look in the audit log of ${target.name} for this activation.`,
    };
  }
  return {
    status: 'ok',
    headline: seen.isActivating
      ? `${slug} is active; audit entry seen${seen.isResuming ? ', counters running' : ''}`
      : `${slug}: counters running again`,
    lines,
  };
}

function statusLine({ state, stateProblem, isActivating, from }: Outcome, target: TargetInfo): string {
  if (state === undefined) return `Status: ${stateProblem}`;
  if (!isActive(state)) return `Status: still ${state.status}, although ${target.name} accepted the call`;
  return isActivating ? `Status: active, it was ${from}` : 'Status: active';
}

function countersOutcome({ state, stateProblem, resumeProblem }: Outcome): string {
  const seen =
    state === undefined
      ? stateProblem
      : state.areCountersPaused
        ? 'still paused'
        : 'running, they were paused';
  return `Counters: ${seen}${resumeProblem === undefined ? '' : `; the call to resume them: ${resumeProblem}`}`;
}

/** A headline has 90 characters for everything. */
function short(text: string): string {
  return text.length <= 22 ? text : `${text.slice(0, 21)}…`;
}
