import type { Pool } from 'pg';
import { whyMayNotRespond } from './core/alerts/responders.ts';
import { Refusal, UserMistake } from './core/errors.ts';
import type { Run } from './core/run.ts';
import type { RunbookInstance } from './core/runbooks/instance.ts';
import { refuseOthers } from './core/runbooks/next-step.ts';
import type { RunbookContext } from './core/runbooks/runbook-context.ts';
import type { RunbookTransaction } from './core/runbooks/runbook-store.ts';
import { startRunbook } from './core/runbooks/start-runbook.ts';
import {
  assignStep,
  attestStep,
  holdInstance,
  overrideGuard,
  skipStep,
  stopRunbook,
} from './core/runbooks/step-decisions.ts';
import { withTitles } from './core/runbooks/step-title.ts';
import { maybeGroup } from './postgres/alerts/groups.ts';
import { maybeIncident } from './postgres/incidents/incidents.ts';
import { manyLinkedGroups } from './postgres/incidents/linked-groups.ts';
import { manyInstances } from './postgres/runbooks/instances.ts';
import type { RunbookServices } from './runbook-services.ts';

export interface ServeRunbooksContext {
  readonly pool: Pool;
  readonly runbooks: RunbookContext;
}

const mostInstances = 50;

/** {@link RunbookServices} as one run's requester sees them. */
export function runbookServicesFor(run: Run, { pool, runbooks }: ServeRunbooksContext): RunbookServices {
  const { store } = runbooks;
  const { workspaceId } = store;
  const by = { person: run.requester, via: run.via, runId: run.id };
  const refuseStrangers = async () => {
    const refusal = await whyMayNotRespond(run.requester, runbooks);
    if (refusal !== undefined) throw new Refusal('not_authorized', refusal);
  };
  const find = async (id: string): Promise<RunbookInstance> => {
    const instance = await store.maybe(id);
    if (instance !== undefined) return withTitles(instance);
    throw new UserMistake(
      'no_such_instance',
      `There is no started runbook "${id}". /ops runbook list shows those under way.`,
    );
  };
  const decide = async (
    id: string,
    decision: (transaction: RunbookTransaction) => Promise<void>,
  ): Promise<RunbookInstance> => {
    await store.transaction(async (transaction) => {
      // Whoever does the same run again, its process having died, waits here for what it did.
      await holdInstance(id, transaction);
      if (!(await transaction.runbooks.isDecidedBy(run.id))) await decision(transaction);
    });
    return find(id);
  };
  return {
    list: () => [...runbooks.runbooks.values()],
    instances: async () => (await manyInstances(pool, workspaceId, { limit: mostInstances })).map(withTitles),
    find,
    start: async ({ name, inputs, incidentId = run.incidentId }) => {
      await refuseStrangers();
      const incident =
        incidentId === undefined ? undefined : await maybeIncident(pool, workspaceId, incidentId);
      if (incidentId !== undefined && incident === undefined) {
        throw new UserMistake('no_such_incident', `There is no incident "${incidentId}".`);
      }
      const [group] = incident === undefined ? [] : await manyLinkedGroups(pool, workspaceId, incident.id);
      const alert = group && (await maybeGroup(pool, workspaceId, group.id));
      const { instanceId, isNew } = await startRunbook(
        { name, inputs, incident, service: alert?.service, origin: run.origin, runId: run.id },
        by,
        runbooks,
      );
      return { instance: await find(instanceId), isNew };
    },
    attest: async (id, stepId, evidence) => {
      await refuseOthers(id, stepId, run.requester, runbooks);
      return decide(id, (transaction) => attestStep(id, stepId, evidence, by, transaction));
    },
    skip: async (id, stepId, reason) => {
      await refuseOthers(id, stepId, run.requester, runbooks);
      return decide(id, (transaction) => skipStep(id, stepId, reason, by, transaction));
    },
    assign: async (id, stepId, person) => {
      await refuseStrangers();
      return decide(id, (transaction) => assignStep(id, stepId, person, by, transaction));
    },
    stop: async (id, reason) => {
      await refuseStrangers();
      return decide(id, (transaction) => stopRunbook(id, reason, by, transaction));
    },
    // Whoever runs the command was let by the policy.
    override: (id, stepId, reason) =>
      decide(id, (transaction) => overrideGuard(id, stepId, reason, by, transaction)),
  };
}
