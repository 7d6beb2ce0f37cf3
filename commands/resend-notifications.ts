import {
  code,
  date,
  defineCommand,
  type FailedNotification,
  Fault,
  field,
  grouped,
  type JsonObject,
  type Line,
  type NotificationChannel,
  type PreparedCall,
  quoted,
  Refusal,
  type Report,
  type Span,
  type TargetInfo,
  type TenantRef,
  targetRef,
  tenantName,
  tenantRef,
  UnknownOutcome,
  z,
} from '../src/command.ts';

/** Twenty a second: below what mail and SMS providers accept from one sender, and 240 emails still take 12 s. */
const intervalMilliseconds = 50;
/** As many in a row say that the target is down, not that an item is odd: the rest would only become unknown too. */
const mostLostInARow = 5;
/** What targets list in one answer; each is a call of its own, so a thousand already take a minute. */
const mostAtOnce = 1_000;
const usualSince = '24h';
const samplesShown = 5;
const reasonsShown = 4;

const unitMilliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** What failed longer ago is old news to whoever receives it. */
const longestSinceMilliseconds = 30 * unitMilliseconds.d;
const sinceMessage = 'Give how far back in minutes, hours or days, such as 30m, 2h or 3d; at most 30d';

const nouns: Readonly<Record<NotificationChannel, { one: string; many: string }>> = {
  email: { one: 'email', many: 'emails' },
  sms: { one: 'SMS', many: 'SMS' },
  push: { one: 'push message', many: 'push messages' },
  in_app: { one: 'in-app message', many: 'in-app messages' },
};
/** What a button holds. */
const longestLabel = 23;

export default defineCommand({
  version: 1,
  summary: 'Resend failed notifications of a tenant',
  risk: 'change',
  needs: 'notifications',
  examples: [
    'resend-notifications acme',
    'resend-notifications acme --since 2h --limit 50',
    'resend-notifications acme --channel sms --since 3d',
    'resend-notifications acme --id ntf_81 --id ntf_82',
  ],
  args: z.object({
    tenant: tenantRef(),
    channel: z.enum(['email', 'sms', 'push', 'in_app']).default('email'),
    since: field(
      z
        .string()
        .trim()
        .refine((typed) => maybeMilliseconds(typed) !== undefined, sinceMessage)
        .optional(),
      { hint: `Failed within 30m, 2h, 3d, …; left out: ${usualSince}, or any time with ids` },
    ),
    id: field(z.array(z.string().trim().min(1).max(200)).max(500, 'Name at most 500 ids').optional(), {
      label: 'Ids',
      hint: 'Only these; left out: all that failed',
    }),
    limit: field(z.number().int().min(1).max(mostAtOnce).default(500), { hint: 'The oldest first' }),
    target: targetRef(),
  }),
  positionals: ['tenant'],
  // Not the tenant's own lock: suspending it must never wait for a long resend.
  lock: ({ tenant }) => `notifications/${tenant.id}`,

  async plan({ tenant, channel, since, id, limit }, { target, now, frozen }) {
    const readAt = now();
    const signed = frozen === undefined ? undefined : z.array(z.string()).parse(frozen.ids);
    const named = signed ?? (id === undefined || id.length === 0 ? undefined : [...new Set(id)]);
    const from = windowStart(frozen, since, named !== undefined, readAt);
    const { items, total } = await target.notifications.failed(tenant, {
      channel,
      ...(from === undefined ? {} : { since: from }),
      ...(named === undefined ? {} : { ids: named }),
      limit: signed?.length ?? limit,
    });
    const chosen = items.filter((item) => named?.includes(item.id) ?? true).slice(0, signed?.length ?? limit);
    const noun = nouns[channel];
    if (chosen.length === 0) {
      throw new Refusal(
        'nothing_to_resend',
        signed === undefined
          ? `"${tenant.slug}" has no failed ${noun.many} ${scope(from, named)} on ${target.name} (${target.environment}), so there is nothing to resend. Look further back with --since 3d, or at another --channel.`
          : `Of the ${amount(signed.length, noun)} signed for "${tenant.slug}" none is failed any more on ${target.name} (${target.environment}), so nothing was sent.`,
      );
    }
    const ids = chosen.map((item) => item.id).sort();
    const calls = ids.map((each) => ({ id: each, prepared: target.notifications.resend(tenant, each) }));
    return {
      action: [amount(ids.length, noun), grouped(ids.length)]
        .map((text) => `Resend ${text}`)
        .find((text) => text.length <= longestLabel)!,
      data: {
        tenantId: tenant.id,
        channel,
        ...(from === undefined ? {} : { since: from.toISOString() }),
        ids,
        count: ids.length,
      },
      effects: calls.map(({ id: each, prepared }) => ({
        step: stepOf(each),
        summary: prepared.summary,
        call: prepared.call,
      })),
      summary: [
        [
          `Resend ${grouped(ids.length)} failed ${ids.length === 1 ? noun.one : noun.many} of `,
          ...tenantName(tenant),
        ],
        [
          ...(from === undefined ? ['Named by id, whenever they failed'] : ['Failed since ', date(from)]),
          ' · tenant id ',
          code(tenant.id),
        ],
        `Why they failed: ${tally(chosen.map((item) => reasonOf(item.reason)))}`,
        ...chosen.slice(0, samplesShown).map(sample),
      ],
      warnings: warningsOf({ chosen, total, limit, named, signed, target }),
      context: { readAt: readAt.toISOString(), matching: total },
    };
  },

  async run(
    { args: { tenant, target: namedTarget }, data },
    { step, observe, target, progress, signal, now },
  ) {
    const results = new Map<string, Result>();
    let lostInARow = 0;
    let sentAt: Date | undefined;
    for (const id of data.ids) {
      // Whoever stops the run says what was done; a report here would read as if it had come to its end.
      signal.throwIfAborted();
      if (sentAt !== undefined)
        await pause(intervalMilliseconds - (now().getTime() - sentAt.getTime()), signal);
      signal.throwIfAborted();
      // Only a call that really leaves is paced: what a run taken over finds done goes by at once.
      sentAt = undefined;
      const call = onSending(target.notifications.resend(tenant, id), () => {
        sentAt = now();
      });
      const result = await resultOf(step(stepOf(id), call));
      results.set(id, result);
      lostInARow = result.isAnswered ? 0 : lostInARow + 1;
      progress(progressLine(results, data.ids.length));
      if (lostInARow === mostLostInARow) break;
    }
    const unknown = data.ids.filter((id) => results.get(id)?.kind === 'unknown');
    const seen =
      unknown.length === 0
        ? undefined
        : await observe(
            'statuses of the unknown',
            async () => Object.fromEntries(await target.notifications.statuses(tenant, unknown)),
            { deadlineMilliseconds: 5_000 },
          );
    return report(tenant, target, {
      ids: data.ids,
      channel: data.channel,
      results,
      seen,
      hasGivenUp: results.size < data.ids.length,
      again: againText(tenant, namedTarget, data, now()),
    });
  },

  async lookAgain({ args: { tenant }, data }, { target }) {
    let statuses: ReadonlyMap<string, string>;
    try {
      statuses = await target.notifications.statuses(tenant, data.ids);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { happened: 'unclear', lines: [`Their statuses: unknown, ${error.message}`] };
    }
    const words = data.ids.map((id) => statuses.get(id) ?? 'not known there');
    const failed = words.filter((word) => word.toLowerCase() === 'failed').length;
    const missing = data.ids.length - statuses.size;
    const lines: Line[] = [`On ${target.name} now: ${tally(words)}`];
    if (failed === 0 && missing === 0) return { happened: 'yes', lines };
    const left = data.ids.filter((id) => !['sent', 'delivered'].includes(statuses.get(id) ?? ''));
    return {
      // "failed" is also what one reads that was resent and failed again, and "no" would invite a second message.
      happened: 'unclear',
      lines: [...lines, ['Not sent or delivered: ', ...listed(left)]],
    };
  },
});

// ------------------------------------------------------------------------------------------------- the plan

function maybeMilliseconds(typed: string): number | undefined {
  const match = /^(\d{1,5}) ?([mhd])$/i.exec(typed);
  if (match === null) return undefined;
  const unit = match[2]!.toLowerCase() as keyof typeof unitMilliseconds;
  const milliseconds = Number(match[1]) * unitMilliseconds[unit];
  return milliseconds > 0 && milliseconds <= longestSinceMilliseconds ? milliseconds : undefined;
}

/** Undefined: whenever they failed. What was signed keeps its window, however long the signatures took. */
function windowStart(
  frozen: JsonObject | undefined,
  since: string | undefined,
  areNamed: boolean,
  readAt: Date,
): Date | undefined {
  if (frozen !== undefined) return typeof frozen.since === 'string' ? new Date(frozen.since) : undefined;
  if (since === undefined && areNamed) return undefined;
  return new Date(readAt.getTime() - maybeMilliseconds(since ?? usualSince)!);
}

function scope(from: Date | undefined, named: readonly string[] | undefined): string {
  const within = from === undefined ? '' : `since ${utc(from)}`;
  return [named === undefined ? '' : `among the ${grouped(named.length)} named`, within]
    .filter(Boolean)
    .join(' ');
}

function sample({ id, reason, failedAt }: FailedNotification): Line {
  return [code(id), ` ${brief(reasonOf(reason))}, `, date(failedAt)];
}

/** Providers like to put the address into the reason ("550 no such user ada@…"): personal, and it hides equal reasons. */
function reasonOf(reason: string): string {
  const cleaned = reason
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]')
    // E.164: up to 15 digits. Dates and IPv4 addresses have fewer in one piece.
    .replace(/(?<!\d)\+?\d(?:[ ()-]?\d){8,14}(?!\d)/g, '[number]')
    .replace(/\s+/g, ' ')
    .trim();
  return cleaned === '' ? 'no reason given' : cleaned;
}

function brief(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/** `timeout 201 · mailbox full 39`, the most frequent first. */
function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words.map(brief)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort(([a, many], [b, few]) => few - many || a.localeCompare(b));
  const others = sorted.slice(reasonsShown).reduce((sum, [, count]) => sum + count, 0);
  const shown = sorted.slice(0, reasonsShown).map(([word, count]) => `${word} ${grouped(count)}`);
  return [...shown, ...(others === 0 ? [] : [`other reasons ${grouped(others)}`])].join(' · ');
}

function warningsOf(found: {
  chosen: readonly FailedNotification[];
  total: number;
  limit: number;
  named: readonly string[] | undefined;
  signed: readonly string[] | undefined;
  target: TargetInfo;
}): Line[] {
  const { chosen, total, limit, named, signed, target } = found;
  if (signed !== undefined) {
    const gone = signed.length - chosen.length;
    return gone === 0
      ? []
      : [`Left out, as no longer failed: ${grouped(gone)} of the ${grouped(signed.length)} signed`];
  }
  const more = total - chosen.length;
  if (more > 0) {
    const why =
      chosen.length < limit ? `but ${target.name} did not list them` : `past --limit ${grouped(limit)}`;
    return [`${grouped(more)} more match, ${why}: run it again for the rest`];
  }
  const isChosen = new Set(chosen.map((item) => item.id));
  const absent = (named ?? []).filter((id) => !isChosen.has(id));
  return absent.length === 0
    ? []
    : [
        [
          `Left out, as not failed in this channel: ${grouped(absent.length)} of those named, `,
          ...listed(absent),
        ],
      ];
}

// -------------------------------------------------------------------------------------------------- the run

interface Result {
  readonly kind: 'sent' | 'already_delivered' | 'failed' | 'unknown';
  readonly reason: string;
  /** The target itself said how it went. */
  readonly isAnswered: boolean;
}

function stepOf(id: string): string {
  return `resend ${id}`;
}

type ResendOutcome = { readonly status: 'sent' | 'already_delivered' | 'failed'; readonly reason?: string };

async function resultOf(calling: Promise<ResendOutcome>): Promise<Result> {
  try {
    const { status, reason } = await calling;
    return { kind: status, reason: reasonOf(reason ?? ''), isAnswered: true };
  } catch (error) {
    if (error instanceof UnknownOutcome) return { kind: 'unknown', reason: error.message, isAnswered: false };
    if (error instanceof Refusal)
      return { kind: 'failed', reason: reasonOf(error.message), isAnswered: true };
    if (error instanceof Fault) return { kind: 'failed', reason: error.message, isAnswered: false };
    throw error;
  }
}

/** The same call, with word of the moment it leaves. */
function onSending(call: PreparedCall<ResendOutcome>, isLeaving: () => void): PreparedCall<ResendOutcome> {
  return {
    summary: call.summary,
    call: call.call,
    isRepeatable: call.isRepeatable,
    send: (given) => {
      isLeaving();
      return call.send(given);
    },
  };
}

/** Ends early, and quietly, when the run is stopped: the caller looks why. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
}

const barCells = 8;

function progressLine(results: ReadonlyMap<string, Result>, total: number): Line {
  const done = results.size;
  const filled = Math.floor((done / total) * barCells);
  const count = (kind: Result['kind']) =>
    [...results.values()].filter((result) => result.kind === kind).length;
  const [failed, unknown] = [count('failed'), count('unknown')];
  return [
    `${'▓'.repeat(filled)}${'░'.repeat(barCells - filled)} ${grouped(done)} of ${grouped(total)}`,
    ...(failed === 0 ? [] : [` · ${grouped(failed)} failed`]),
    ...(unknown === 0 ? [] : [` · ${grouped(unknown)} unknown`]),
  ].join('');
}

// ----------------------------------------------------------------------------------------------- the report

interface Ended {
  readonly ids: readonly string[];
  readonly channel: NotificationChannel;
  readonly results: ReadonlyMap<string, Result>;
  /** What the target says of those whose outcome is unknown; undefined when it could not be read. */
  readonly seen: Readonly<Record<string, string>> | undefined;
  readonly hasGivenUp: boolean;
  readonly again: string | undefined;
}

function report(tenant: TenantRef, target: TargetInfo, ended: Ended): Report {
  const { ids, results, seen, hasGivenUp } = ended;
  const of = (kind: Result['kind']) => ids.filter((id) => results.get(id)?.kind === kind);
  const [sent, delivered, failed, unknown] = [
    of('sent'),
    of('already_delivered'),
    of('failed'),
    of('unknown'),
  ];
  const notTried = ids.filter((id) => !results.has(id));
  const reasonsOf = (some: readonly string[]) => tally(some.map((id) => results.get(id)!.reason));
  const troubles = [
    ...(unknown.length === 0 ? [] : [`${grouped(unknown.length)} unknown`]),
    ...(failed.length === 0 ? [] : [`${grouped(failed.length)} failed`]),
    ...(notTried.length === 0 ? [] : [`${grouped(notTried.length)} not tried`]),
  ];
  const slug = tenant.slug.length <= 20 ? tenant.slug : `${tenant.slug.slice(0, 19)}…`;
  const done = `${grouped(sent.length)} of ${amount(ids.length, nouns[ended.channel])} resent`;
  const lines: Line[] = [
    [
      `${grouped(sent.length)} sent`,
      `${grouped(delivered.length)} already delivered`,
      ...(troubles.length === 0 ? ['none failed or unknown'] : troubles),
    ].join(' · '),
    ...(failed.length === 0 ? [] : [`Failed: ${reasonsOf(failed)}`]),
    ...(unknown.length === 0 ? [] : [unknownLine(unknown, seen, target)]),
    ...(notTried.length === 0
      ? []
      : [
          [
            'Not tried, from ',
            code(notTried[0]!),
            ` on: ${mostLostInARow} calls in a row had no answer`,
          ] as Line,
        ]),
  ];
  const details: Line[] = [...failed, ...unknown].map((id) => [
    code(id),
    ` ${results.get(id)!.kind}: ${results.get(id)!.reason}`,
    ...(seen?.[id] === undefined ? [] : [`; ${target.name} now says ${seen[id]}`]),
  ]);
  return {
    status: hasGivenUp ? 'bad' : unknown.length > 0 ? 'unknown' : failed.length > 0 ? 'warning' : 'ok',
    headline:
      troubles.length === 0
        ? `${slug}: ${done}${delivered.length === 0 ? '' : `, ${grouped(delivered.length)} already delivered`}`
        : `${hasGivenUp ? 'Stopped, ' : ''}${slug}: ${troubles.join(', ')}; ${done}`,
    lines,
    ...(details.length === 0 ? {} : { details }),
    ...nextOf(target, { unknown: unknown.length, failed: failed.length, hasGivenUp }),
    // With unknown ones among them somebody looks first: planned again they could reach people twice.
    ...(ended.again === undefined || unknown.length > 0 || failed.length + notTried.length === 0
      ? {}
      : { suggestions: [{ label: 'Plan the rest again', invocation: ended.again }] }),
  };
}

function unknownLine(
  unknown: readonly string[],
  seen: Readonly<Record<string, string>> | undefined,
  target: TargetInfo,
): Line {
  const said =
    seen === undefined
      ? `; ${target.name} could not be asked about them`
      : `; ${target.name} now says: ${tally(unknown.map((id) => seen[id] ?? 'not known there'))}`;
  return ['Unknown: ', ...listed(unknown), said];
}

function nextOf(
  target: TargetInfo,
  { unknown, failed, hasGivenUp }: { unknown: number; failed: number; hasGivenUp: boolean },
): { next?: Line } {
  if (hasGivenUp && unknown === 0) {
    return { next: `See that ${target.name} is well (/ops check-health), then plan the rest again.` };
  }
  if (unknown > 0) {
    return {
      next: `Look on ${target.name} whether the unknown went out before resending: people would get them twice.`,
    };
  }
  return failed === 0 ? {} : { next: 'Fix what the reasons name before trying the failed ones again.' };
}

/** Typed again later it finds what is still failed, in the same window; none for those named by id. */
function againText(
  tenant: TenantRef,
  namedTarget: string | undefined,
  { channel, since }: { channel: NotificationChannel; since?: string },
  now: Date,
): string | undefined {
  if (since === undefined) return undefined;
  const hours = Math.ceil((now.getTime() - new Date(since).getTime()) / unitMilliseconds.h);
  const window = hours * unitMilliseconds.h > longestSinceMilliseconds ? '30d' : `${Math.max(1, hours)}h`;
  const on = namedTarget === undefined ? '' : ` --target ${quoted(namedTarget)}`;
  return `resend-notifications ${quoted(tenant.slug)} --channel ${channel} --since ${window}${on}`;
}

function listed(ids: readonly string[]): Span[] {
  const shown = ids.slice(0, 3).flatMap((id, index): Span[] => (index === 0 ? [code(id)] : [', ', code(id)]));
  return ids.length > 3 ? [...shown, ` and ${grouped(ids.length - 3)} more`] : shown;
}

function amount(count: number, noun: { one: string; many: string }): string {
  return `${grouped(count)} ${count === 1 ? noun.one : noun.many}`;
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
