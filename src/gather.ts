import type { Pool } from 'pg';
import { matchText } from './alert-services.ts';
import type { Json } from './command.ts';
import { headlineId } from './core/incidents/deeds.ts';
import type { Incident } from './core/incidents/incident.ts';
import type { IncidentStore } from './core/incidents/incident-store.ts';
import type { Gathered } from './core/incidents/incident-view.ts';
import { isAboutIncidents } from './core/incidents/own-commands.ts';
import { listGroups } from './postgres/alerts/reports.ts';
import { countedSilences } from './postgres/alerts/silences.ts';
import { maybeIncident } from './postgres/incidents/incidents.ts';
import { recentRunsOn } from './postgres/runs.ts';
import { offers, readinessOf } from './read-readiness.ts';
import type { Targets } from './targets/targets.ts';

export interface GatherContext {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly store: IncidentStore;
  readonly targets: () => Targets;
  readonly now: () => Date;
}

type Part = Gathered['parts'][number];

/** A responder waits for it: what has not answered by then is unknown. */
const readMilliseconds = 10_000;
const shownPerPart = 3;

/** Reads what a responder would look up, once, and has it posted in the incident's thread. */
export async function gather(incidentId: string, context: GatherContext): Promise<void> {
  const { pool, workspaceId, store, now } = context;
  const incident = await maybeIncident(pool, workspaceId, incidentId);
  if (incident === undefined) return;
  const readings: readonly (readonly [Part['kind'], Promise<Part | undefined>])[] = [
    ['alerts', alertsOn(incident, context)],
    ['health', healthOf(incident, context)],
    ['releases', releasesOf(incident, context)],
    ['migrations', migrationsOf(incident, context)],
    ['runs', runsOn(incident, context)],
    ['silences', silencesNow(context)],
  ];
  const parts = await Promise.all(
    readings.map(([kind, reading]) =>
      reading.catch(
        (error: unknown): Part => ({
          kind,
          status: 'unknown',
          lines: [`Unknown: ${error instanceof Error ? error.message : 'it could not be read'}`],
        }),
      ),
    ),
  );
  const gathered: Gathered = { at: now(), parts: parts.flatMap((part) => part ?? []) };
  await store.transaction(async (transaction) => {
    transaction.want({
      id: `incident:${incidentId}:gathered`,
      place: { kind: 'thread_of', messageId: headlineId(incidentId) },
      urgency: 'other',
      content: { gathered: JSON.parse(JSON.stringify(gathered)) as Json },
    });
  });
}

/** Those that fire on the same system, or anywhere where it is not known which that is. */
async function alertsOn(
  { target, environment, tenants }: Incident,
  { pool, workspaceId }: GatherContext,
): Promise<Part> {
  const { items } = await listGroups(pool, workspaceId, { state: 'firing', limit: 100 });
  const here = items.filter((group) => {
    if (target === undefined) return environment === undefined || group.environment === environment;
    const isSameEnvironment = !group.environment || group.environment === environment;
    const names = [group.service, group.source, group.labels.target];
    return isSameEnvironment && (names.includes(target) || tenants.includes(group.tenant ?? ''));
  });
  return {
    kind: 'alerts',
    status: here.length === 0 ? 'ok' : 'bad',
    lines:
      here.length === 0
        ? ['No alert fires here']
        : shown(
            here.map(
              ({ severity, title, firing }) => `${severity.toUpperCase()} ${title} (${firing} firing)`,
            ),
          ),
  };
}

async function healthOf({ target }: Incident, context: GatherContext): Promise<Part | undefined> {
  if (target === undefined) return undefined;
  const targets = context.targets();
  if (!offers(targets, target, 'health') && !offers(targets, target, 'releases')) return undefined;
  const problems = await readinessOf(target, targets, AbortSignal.timeout(readMilliseconds));
  if (problems.length === 0) return { kind: 'health', status: 'ok', lines: [`${target} is up and ready`] };
  const isUnknown = problems.every(({ isUnknown: one }) => one);
  return {
    kind: 'health',
    status: isUnknown ? 'unknown' : 'bad',
    lines: shown(problems.map(({ sentence }) => sentence)),
  };
}

async function releasesOf({ target }: Incident, context: GatherContext): Promise<Part | undefined> {
  const targets = context.targets();
  if (target === undefined || !offers(targets, target, 'releases')) return undefined;
  const seen = await targets.client('releases', target).releases.releases();
  if (!seen.isSeen) return { kind: 'releases', status: 'unknown', lines: [`Unknown: ${seen.why}`] };
  return {
    kind: 'releases',
    status: 'info',
    lines: shown(
      seen.value.map(
        ({ version, deployedAt }) =>
          `${version}${deployedAt === undefined ? '' : `, deployed ${deployedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`}`,
      ),
    ),
  };
}

async function migrationsOf({ target }: Incident, context: GatherContext): Promise<Part | undefined> {
  const targets = context.targets();
  if (target === undefined || !offers(targets, target, 'releases')) return undefined;
  const seen = await targets.client('releases', target).releases.migrations();
  if (!seen.isSeen) return { kind: 'migrations', status: 'unknown', lines: [`Unknown: ${seen.why}`] };
  const { applied, pending } = seen.value;
  const newest = applied.at(-1);
  return {
    kind: 'migrations',
    status: pending.length === 0 ? 'ok' : 'bad',
    lines: [
      newest === undefined ? 'None applied' : `Newest applied: ${newest}`,
      ...(pending.length === 0 ? [] : [`${pending.length} pending, first ${pending[0]}`]),
    ],
  };
}

async function runsOn({ target }: Incident, { pool, workspaceId }: GatherContext): Promise<Part> {
  const runs = await recentRunsOn(pool, workspaceId, target, 20);
  const changes = runs.filter(({ risk, command }) => risk !== 'read' && !isAboutIncidents(command));
  return {
    kind: 'runs',
    status: 'info',
    lines:
      changes.length === 0
        ? ['No changes by Countersign in the last 24 hours']
        : shown(changes.map(({ invocation, state, id }) => `${invocation}: ${state} (${id})`)),
  };
}

async function silencesNow({ pool, workspaceId }: GatherContext): Promise<Part | undefined> {
  const open = (await countedSilences(pool, workspaceId)).filter(({ isEnded }) => !isEnded);
  if (open.length === 0) return undefined;
  return {
    kind: 'silences',
    status: 'info',
    lines: shown(
      open.map(
        ({ match, groupTitle, hiddenAlerts }) =>
          `${groupTitle ?? matchText(match)}: hides ${hiddenAlerts} alerts`,
      ),
    ),
  };
}

function shown(lines: readonly string[]): string[] {
  if (lines.length <= shownPerPart) return [...lines];
  return [...lines.slice(0, shownPerPart - 1), `and ${lines.length - shownPerPart + 1} more`];
}
