import {
  type AuditLogEntry,
  code,
  counted,
  date,
  defineCommand,
  field,
  isoTime,
  type JsonObject,
  type Line,
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
  UserMistake,
  z,
} from '../src/command.ts';

/** Clocks kept by NTP agree within a second; five cover a coarse one without reaching back to an earlier suspension. */
const clockAllowanceMilliseconds = 5_000;
/** A step is given up after 30 s, yet proxies hold a request for up to 60 s more: only then is "no" an answer. */
const inFlightMilliseconds = 120_000;
const notificationEvent = 'tenant.suspended';

export default defineCommand({
  version: 1,
  summary: 'Suspend a tenant',
  risk: 'dangerous',
  needs: 'tenancy',
  examples: [
    'suspend-tenant acme --reason "card testing"',
    'suspend-tenant acme --reason "contract ended" --effective-at 2026-12-01T09:30Z',
  ],
  args: z.object({
    tenant: tenantRef(),
    reason: field(
      z
        .string()
        .trim()
        .min(10, 'Say why in at least 10 characters')
        .max(500, 'Say why in at most 500 characters'),
      {
        multiline: true,
        isPersonal: true,
        hint: 'Signers read it, and it goes into the audit log of the target',
      },
    ),
    effectiveAt: field(isoTime().optional(), { hint: 'When it takes effect; left out: at once' }),
    target: targetRef(),
  }),
  positionals: ['tenant'],
  lock: ({ tenant }) => `tenant/${tenant.id}`,
  undo: 'activate-tenant',

  async plan({ tenant, reason, effectiveAt }, { target, now, frozen }) {
    const readAt = now();
    const state = await target.tenancy.state(tenant);
    if (isSuspended(state)) throw alreadySuspended(tenant, target, frozen);
    const hasPassed = effectiveAt !== undefined && new Date(effectiveAt) <= readAt;
    if (hasPassed && frozen === undefined) {
      throw new UserMistake(
        'time_has_passed',
        `"${effectiveAt}" has passed. Leave --effective-at out to suspend "${tenant.slug}" at once, or give a later time.`,
      );
    }
    const call = target.tenancy.suspend(tenant, orderOf({ reason, effectiveAt }));
    const overdue = state.openInvoices.filter((invoice) => invoice.isOverdue).length;
    const when: Span[] =
      effectiveAt === undefined || hasPassed ? [' at once'] : [' from ', date(new Date(effectiveAt))];
    const warnings: Line[] = [];
    if (hasPassed) {
      warnings.push(['Its time ', date(new Date(effectiveAt)), ' has passed: it takes effect at once.']);
    }
    if (state.status !== 'active') {
      warnings.push(`It is "${state.status}", not "active": ${target.name} may refuse to suspend it.`);
    }
    return {
      action: tenantAction('Suspend', tenant),
      data: {
        id: tenant.id,
        slug: tenant.slug,
        from: state.status,
        to: 'suspended',
        reason,
        ...(effectiveAt === undefined ? {} : { effectiveAt }),
      },
      effects: [{ step: 'suspend', summary: call.summary, call: call.call }],
      summary: [
        ['Suspend ', ...tenantName(tenant), ...when, `; it is ${state.status}`],
        [
          [
            counted(state.activeUsers, 'active user'),
            `${counted(state.openInvoices.length, 'open invoice')}${overdue === 0 ? '' : ` (${overdue} overdue)`}`,
            counted(state.pendingNotifications, 'pending notification'),
          ].join(' · '),
          ' · id ',
          code(tenant.id),
        ],
      ],
      warnings,
      context: {
        readAt: readAt.toISOString(),
        activeUsers: state.activeUsers,
        openInvoices: state.openInvoices.length,
        overdueInvoices: overdue,
        pendingNotifications: state.pendingNotifications,
      },
    };
  },

  async run({ args: { tenant }, data, context }, { step, observe, target, now }) {
    const since = plannedAt(context, now());
    await step('suspend', target.tenancy.suspend(tenant, orderOf(data)));
    const effectiveAt = data.effectiveAt === undefined ? undefined : new Date(data.effectiveAt);
    const isLater = effectiveAt !== undefined && effectiveAt > now();

    let state: Reading<TenantState> | undefined;
    let entries: Reading<readonly AuditLogEntry[]> | undefined;
    let notified: Reading<boolean> | undefined;
    const sawEntry = observe('audit entry', async () => {
      entries = await readable(suspensions(target, tenant, since));
      return 'value' in entries ? seenEntry(entries.value) : undefined;
    });
    if (isLater) {
      // Until then its status cannot be "suspended" and nobody is told: waiting for either would only cost time.
      return scheduled(tenant, target, effectiveAt, await sawEntry, notSeen(entries));
    }
    const [seenStatus, entry, notification] = await Promise.all([
      observe('status suspended', async () => {
        state = await readable(target.tenancy.state(tenant));
        return 'value' in state && isSuspended(state.value) ? { status: state.value.status } : undefined;
      }),
      sawEntry,
      observe('notification', async () => {
        notified = await readable(target.tenancy.hasNotified(tenant, notificationEvent, since));
        return 'value' in notified && notified.value ? { isSent: true } : undefined;
      }),
    ]);
    return report(tenant, target, {
      from: data.from,
      isSuspended: seenStatus !== undefined,
      lastStatus: statusIn(state),
      statusProblem: notSeen(state),
      entry,
      entryProblem: notSeen(entries),
      isNotified: notification !== undefined,
      notificationProblem: notSeen(notified),
    });
  },

  async lookAgain({ args: { tenant }, data, context }, { target, now }) {
    const since = plannedAt(context, now());
    const [state, entries] = await Promise.all([
      readable(target.tenancy.state(tenant)),
      readable(suspensions(target, tenant, since)),
    ]);
    const entry = 'value' in entries ? entries.value[0] : undefined;
    const lines: Line[] = [
      'value' in state ? `Status on ${target.name}: ${state.value.status}` : `Status: unknown, ${state.why}`,
      'value' in entries
        ? ['Audit entry since the plan: ', ...(entry === undefined ? ['none'] : described(entry))]
        : `Audit entry: unknown, ${entries.why}`,
    ];
    if (!('value' in state) || !('value' in entries)) return { happened: 'unclear', lines };
    const isLater = data.effectiveAt !== undefined && new Date(data.effectiveAt) > now();
    if (entry !== undefined) {
      if (isSuspended(state.value)) return { happened: 'yes', lines };
      if (!isLater) return { happened: 'unclear', lines };
      return { happened: 'yes', lines: [...lines, ['It takes effect ', date(new Date(data.effectiveAt!))]] };
    }
    if (state.value.status !== data.from) return { happened: 'unclear', lines };
    if (now().getTime() - since.getTime() < inFlightMilliseconds) {
      return {
        happened: 'unclear',
        lines: [...lines, 'The call may still be on its way: look again in two minutes.'],
      };
    }
    return { happened: 'no', lines };
  },
});

function isSuspended(state: TenantState): boolean {
  return state.status.toLowerCase() === 'suspended';
}

function orderOf({ reason, effectiveAt }: { reason: string; effectiveAt?: string | undefined }) {
  return { reason, ...(effectiveAt === undefined ? {} : { effectiveAt }) };
}

function alreadySuspended(tenant: TenantRef, target: TargetInfo, frozen: JsonObject | undefined): Refusal {
  const where = `on ${target.name} (${target.environment})`;
  return new Refusal(
    'already_suspended',
    frozen === undefined
      ? `"${tenant.slug}" is already suspended ${where}, so nothing was done. To let it back in: /ops activate-tenant ${quoted(tenant.slug)}`
      : `"${tenant.slug}" was ${frozen.from} when this was asked and is suspended ${where} now, so nothing was sent. Who did it: the audit log of ${target.name}, or /ops history ${quoted(tenant.slug)}`,
  );
}

/**
 * Where looking back begins: when the plan this run carries out was read. It is stored, so a run taken over
 * after a crash still finds what its first attempt caused.
 */
function plannedAt(context: JsonObject | undefined, otherwise: Date): Date {
  const readAt = new Date(String(context?.readAt));
  return Number.isNaN(readAt.getTime()) ? otherwise : readAt;
}

async function suspensions(
  target: TargetKinds['tenancy'],
  tenant: TenantRef,
  planned: Date,
): Promise<readonly AuditLogEntry[]> {
  const since = new Date(planned.getTime() - clockAllowanceMilliseconds);
  const entries = await target.tenancy.auditLog(tenant, { since, limit: 50 });
  return entries.filter(({ at, action }) => at >= since && suspension.test(action));
}

/** Targets name it differently (`tenant.suspended`, `TENANT_SUSPEND`); "unsuspend" is another word. */
const suspension = /(^|[^a-z])suspend(ed)?([^a-z]|$)/i;

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

function statusIn(reading: Reading<TenantState> | undefined): string | undefined {
  return reading !== undefined && 'value' in reading ? reading.value.status : undefined;
}

function scheduled(
  tenant: TenantRef,
  target: TargetInfo,
  effectiveAt: Date,
  entry: SeenEntry | undefined,
  entryProblem: string,
): Report {
  const day = effectiveAt.toISOString().slice(0, 16).replace('T', ' ');
  const slug = short(tenant.slug);
  return {
    status: entry === undefined ? 'warning' : 'ok',
    headline:
      entry === undefined
        ? `${slug}: suspension at ${day} UTC accepted, audit entry not seen`
        : `${slug} will be suspended at ${day} UTC; audit entry seen`,
    lines: [
      [...tenantName(tenant), ' is suspended from ', date(effectiveAt), ', not before'],
      entry === undefined ? `Audit entry: ${entryProblem}` : ['Audit entry: ', ...described(entry)],
      'Notification: not looked for before it takes effect',
    ],
    next: ['After ', date(effectiveAt), ` look on ${target.name} that it is suspended.`],
  };
}

interface Outcome {
  readonly from: string;
  readonly isSuspended: boolean;
  /** As last read; undefined when it could not be. */
  readonly lastStatus: string | undefined;
  readonly statusProblem: string;
  readonly entry: SeenEntry | undefined;
  readonly entryProblem: string;
  readonly isNotified: boolean;
  readonly notificationProblem: string;
}

function report(tenant: TenantRef, target: TargetInfo, seen: Outcome): Report {
  const slug = short(tenant.slug);
  const lines: Line[] = [
    seen.isSuspended
      ? `Status: suspended, it was ${seen.from}`
      : `Status: ${seen.lastStatus === undefined ? seen.statusProblem : `still ${seen.lastStatus}, although ${target.name} accepted the call`}`,
    seen.entry === undefined
      ? `Audit entry: ${seen.entryProblem}`
      : ['Audit entry: ', ...described(seen.entry)],
    `Notification: ${seen.isNotified ? 'sent' : seen.notificationProblem}`,
  ];
  if (!seen.isSuspended) {
    return {
      status: seen.lastStatus === undefined ? 'unknown' : 'bad',
      headline:
        seen.lastStatus === undefined
          ? `${slug}: suspension accepted, but its status was not seen`
          : `NOT suspended: ${slug} is still ${short(seen.lastStatus)}`,
      lines,
      next: `Look at the tenant on ${target.name} now: it may still have access.`,
    };
  }
  const missing = [
    ...(seen.entry === undefined ? ['audit entry'] : []),
    ...(seen.isNotified ? [] : ['notification']),
  ];
  if (missing.length === 0) {
    return {
      status: 'ok',
      headline: `${slug} is suspended; audit entry and notification seen`,
      lines,
      next: 'Tell its users the reason and the way back, by email and in-app.',
    };
  }
  return {
    status: 'warning',
    headline: `${slug} is suspended, but its ${missing.join(' and ')} ${missing.length === 1 ? 'was' : 'were'} not seen`,
    lines,
    next:
      seen.entry === undefined
        ? `Look in the audit log of ${target.name} for this suspension${seen.isNotified ? '' : ', and tell its users yourself'}.`
        : 'Tell its users yourself: no notification went out that we could see.',
  };
}

/** A headline has 90 characters for everything. */
function short(text: string): string {
  return text.length <= 22 ? text : `${text.slice(0, 21)}…`;
}
