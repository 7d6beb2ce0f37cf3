import type { TargetOffer } from '../choose-target.ts';
import { targetOf } from '../incidents/prefill.ts';
import { quoted } from '../parse/quoted.ts';
import type { Runbook, RunbookInput } from '../runbooks/runbook.ts';
import { matches, type Routable } from './route.ts';

/** The runbook an alert's card offers, and what starts it. */
export interface Guide {
  readonly name: string;
  readonly invocation: string;
  /** The alert says everything the runbook has to know; else it is asked in a form. */
  readonly isWhole: boolean;
}

/** The first runbook, by name, that says it is for such an alert. */
export function runbookFor(alert: Routable, runbooks: ReadonlyMap<string, Runbook>): Runbook | undefined {
  return [...runbooks.values()].find((runbook) => runbook.alerts.some((match) => matches(match, alert)));
}

/** Of an alert that has an incident it is part of that, which knows the rest. */
export function guideFor(
  alert: Routable & { readonly incidentId?: string | undefined },
  runbooks: ReadonlyMap<string, Runbook>,
  targets: readonly TargetOffer[],
): Guide | undefined {
  const runbook = runbookFor(alert, runbooks);
  if (runbook === undefined) return undefined;
  const { name, inputs } = runbook;
  const known: Readonly<Record<NonNullable<RunbookInput['from']>, string | undefined>> = {
    target: targetOf(alert, targets)?.name,
    tenant: alert.tenant,
    environment: alert.environment,
    service: alert.service,
    title: alert.title,
  };
  const given = Object.entries(inputs).map(([input, { from, default: other, isRequired }]) => {
    const value = from === undefined ? undefined : known[from];
    const isGiven = value !== undefined && value.trim() !== '';
    return {
      input,
      value: isGiven ? value : undefined,
      isMissing: isRequired && !isGiven && other === undefined,
    };
  });
  const words = given.flatMap(({ input, value }) =>
    value === undefined
      ? []
      : [`--input ${quoted(`${input}=${value.replace(/\p{Cc}/gu, ' ').trim()}`, true)}`],
  );
  const ofIncident = alert.incidentId === undefined ? [] : [`--incident ${alert.incidentId}`];
  return {
    name,
    invocation: ['runbook', name, ...words, ...ofIncident].join(' '),
    isWhole: given.every(({ isMissing }) => !isMissing),
  };
}
