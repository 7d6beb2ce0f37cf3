import type { CountersignSettings } from '../../runtime.ts';
import type { Finding } from '../doctor.ts';

/** What each monitoring source is to be told, and whether anybody hears of a critical. Nothing is sent. */
export function checkAlerts({ alerts }: CountersignSettings): Finding[] {
  const sources = Object.entries(alerts.sources);
  if (sources.length === 0) return [];
  const isAnyoneWoken =
    alerts.routes.some(({ notify }) => notify !== undefined && notify.length > 0) ||
    alerts.escalation.pagerduty !== undefined;
  const waking: Finding = isAnyoneWoken
    ? { what: 'waking', status: 'ok', detail: 'criticals call the people of their route' }
    : {
        what: 'waking',
        status: 'warning',
        detail: 'a critical posts a card and calls nobody',
        fix: 'Give a route of "alerts.routes" a "notify", such as [on-call], or set "alerts.escalation.pagerduty".',
      };
  return [
    ...sources.map(([name, { kind, secrets, urlSecrets, expectEveryMinutes }]): Finding => {
      const proof = [
        ...(secrets.length > 0 ? ['its own proof'] : []),
        ...(urlSecrets.length > 0 ? ['the secret in its URL'] : []),
      ];
      const silence =
        expectEveryMinutes === undefined
          ? 'its silence goes unnoticed'
          : `at least every ${expectEveryMinutes} min`;
      return {
        what: `source ${name}`,
        status: 'ok',
        detail: `${kind}: POST /hooks/${name}${urlSecrets.length > 0 ? '/<secret>' : ''}, known by ${proof.join(' and ')}; ${silence}`,
      };
    }),
    waking,
  ];
}
