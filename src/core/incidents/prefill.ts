import type { Routable } from '../alerts/route.ts';
import type { Severity } from '../alerts/severity.ts';
import type { TargetOffer } from '../choose-target.ts';
import type { IncidentSeverity } from './incident.ts';

const severityOf: Readonly<Record<Severity, IncidentSeverity>> = {
  critical: 'SEV1',
  high: 'SEV2',
  warning: 'SEV3',
  info: 'SEV4',
};

/** What an incident declared from an alert begins with; all of it can be changed from its headline. */
export function fromAlert(
  alert: Routable,
  targets: readonly TargetOffer[],
): {
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly target: string | undefined;
  readonly environment: string | undefined;
  readonly tenants: readonly string[];
} {
  const target = targetOf(alert, targets);
  return {
    title: alert.title,
    severity: severityOf[alert.severity],
    target: target?.name,
    environment: target?.environment ?? (alert.environment || undefined),
    tenants: alert.tenant === undefined || alert.tenant === '' ? [] : [alert.tenant],
  };
}

/** The system an alert is about, where its own words or its source name one; else the only one of its environment. */
export function targetOf(alert: Routable, targets: readonly TargetOffer[]): TargetOffer | undefined {
  const { environment } = alert;
  const ofEnvironment =
    environment === undefined || environment === ''
      ? targets
      : targets.filter((target) => target.environment === environment);
  const names = [alert.labels.target, alert.service, alert.source];
  for (const name of names) {
    const named = ofEnvironment.find((target) => target.name === name);
    if (named !== undefined) return named;
  }
  return environment !== undefined && environment !== '' && ofEnvironment.length === 1
    ? ofEnvironment[0]
    : undefined;
}
