import { postmortemWithinHours } from './incident.ts';
import type { IncidentRecord } from './incident-view.ts';
import { asCode, asQuote, asText } from './postmortem-markdown.ts';
import { counted, titleOf } from './postmortem-record.ts';

/** A checklist: first what the record shows to be open, then what every incident owes. */
export function followUps(record: IncidentRecord): string[] {
  return [...fromRecord(record), ...always, ...afterSecurityIncident(record), ...publishing(record)].map(
    (task) => `- [ ] ${task}`,
  );
}

function fromRecord({ incident, changes, alerts, runbooks, nameOf }: IncidentRecord): string[] {
  const name = (id: string) => asText(nameOf(id) ?? id, 200);
  const receiptOf = (receipt: string | undefined) => (receipt === undefined ? '' : ` (${asCode(receipt)})`);
  const override = incident.resolution?.override;
  return [
    ...changes
      .filter(({ state }) => state === 'unknown')
      .map(
        ({ invocation, receipt }) =>
          `Settle whether ${asCode(invocation, 500)} happened${receiptOf(receipt)}`,
      ),
    ...changes
      .filter(({ state }) => state === 'failed')
      .map(
        ({ invocation, receipt }) => `Find out why ${asCode(invocation, 500)} failed${receiptOf(receipt)}`,
      ),
    ...alerts
      .filter(({ state }) => state === 'firing')
      .map(({ title, firing }) => `Quiet ${asQuote(title, 200)}: ${counted(firing, 'alert')} still firing`),
    ...(override === undefined
      ? []
      : [
          `See that what was in the way of resolving is over; it was resolved all the same: ${asQuote(override)}`,
        ]),
    ...(incident.status === 'resolved' ? [] : ['Resolve the incident, saying what fixed it']),
    ...runbooks.flatMap((instance) =>
      instance.steps.flatMap((step) => {
        const of = `${titleOf(instance, step.id)} of ${asCode(instance.runbook.name)}`;
        const skipped =
          step.outcome === 'skipped' ? [`Do ${of}, which was skipped, or write why it is not needed`] : [];
        const overridden =
          step.overriddenBy === undefined
            ? []
            : [
                `Review with ${name(step.overriddenBy)} why the guard of ${of} was overridden, and whether it is right`,
              ];
        return [...skipped, ...overridden];
      }),
    ),
    ...(incident.origin === 'break_glass'
      ? ['Review the broken glass: was there no other way, and what would have been one?']
      : []),
  ];
}

const always: readonly string[] = [
  'Find the root cause, and what prevents it from happening again',
  'File the corrective ticket: cause, prevention, owner, date',
  'Classify the impact: which customers, how many, which data, for how long',
  'Improve the monitoring: which alert would have said it earlier, and stays for good?',
];

function afterSecurityIncident({ runbooks }: IncidentRecord): string[] {
  if (!runbooks.some(({ runbook }) => runbook.name === 'security-incident')) return [];
  return [
    'List the data that was reached, whose it is, and the controls that failed or held',
    'Rotate every credential that was within reach, and revoke the old ones',
    'Update the threat model with how this came in',
    'Add regression tests for the cause, and deploy them',
  ];
}

function publishing({ incident }: IncidentRecord): string[] {
  if (incident.postmortem !== undefined) return [];
  const due = incident.severity === 'SEV1' ? `, within ${postmortemWithinHours} hours of a SEV1` : '';
  return [
    `Publish this and record where${due}: ${asCode(`/ops incident postmortem ${incident.id} --url <address>`)}`,
  ];
}
