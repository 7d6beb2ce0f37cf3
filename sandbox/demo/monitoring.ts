import { randomBytes } from 'node:crypto';
import { type AlertSender, createAlertSender } from '../alerts/alert-sender.ts';
import { type SampleSecrets, sampleSources } from '../alerts/delivery.ts';
import type { SampleMonitoring } from '../slack/core.ts';
import { type PagerDuty, startPagerDuty } from '../targets/pagerduty/server.ts';

/** The page's "Send alerts", in this order. */
const offered: SampleMonitoring['offered'] = [
  { sample: 'disk-filling', label: 'Single alert', description: 'Prometheus: a disk fills up, a warning' },
  {
    sample: 'worse disk-filling',
    label: 'Worse',
    description: 'Prometheus: the disk is nearly full, a critical',
  },
  {
    sample: 'checkout-errors',
    label: 'Critical alert',
    description: 'Prometheus: checkouts fail on three instances; on-call is woken',
  },
  {
    sample: 'email-outage',
    label: 'Emails fail',
    description:
      'Prometheus: no email of Acme goes out; on-call is woken, resending and a runbook are offered',
  },
  {
    sample: 'email-failures',
    label: 'Failed emails',
    description: 'The RMS: emails of Acme failed; resending is offered',
  },
  { sample: 'storm', label: '500-alert storm', description: '500 alerts over 25 groups at once' },
  {
    sample: 'hostile',
    label: 'Hostile text',
    description: 'Mentions, fake links, a title of 1 MB, 10,000 labels',
  },
  { sample: 'resolve all', label: 'Resolve', description: 'Everything that was sent and fires is over' },
  {
    sample: 'slow-checkout',
    label: 'From Grafana',
    description: "Grafana: the checkout's latency is high",
  },
  {
    sample: 'silent',
    label: 'Falls silent',
    description: 'Prometheus stops showing that it lives; a card comes after a minute',
  },
  { sample: 'watchdog', label: 'Speaks again', description: 'Prometheus shows again that it lives' },
];

/** Well within the minute after which the settings want Prometheus missed. */
const signOfLifeMilliseconds = 20_000;

export interface DemoMonitoring {
  readonly alerts: AlertSender;
  readonly pagerDuty: PagerDuty;
  /** What the settings refer to. */
  readonly variables: Readonly<Record<string, string>>;
  readonly page: SampleMonitoring;
  /** From now on the sources speak, and PagerDuty tells of its incidents. */
  begin(botOrigin: string): Promise<void>;
}

/** Sources of alerts and a PagerDuty of the demo's own, with secrets made for this start. */
export async function startMonitoring(undo: (() => Promise<unknown>)[]): Promise<DemoMonitoring> {
  const made = () => randomBytes(16).toString('hex');
  const secrets = Object.fromEntries(sampleSources.map((source) => [source, made()])) as SampleSecrets;
  const routingKey = made();
  const webhookSecret = made();
  const pagerDuty = await startPagerDuty({ routingKeys: [routingKey], perMinute: 120 });
  undo.push(() => pagerDuty.close());
  let origin: string | undefined;
  const alerts = createAlertSender({
    secrets,
    origin: () => {
      if (origin === undefined) throw new Error('Countersign is still starting; try again in a moment');
      return origin;
    },
  });
  return {
    alerts,
    pagerDuty,
    variables: {
      ALERTS_PROMETHEUS_TOKEN: secrets.prometheus,
      ALERTS_GRAFANA_SECRET: secrets.grafana,
      ALERTS_RMS_URL_SECRET: secrets.rms,
      ALERTS_UPTIME_TOKEN: secrets.uptime,
      PAGERDUTY_ROUTING_KEY: routingKey,
      PAGERDUTY_URL: pagerDuty.url,
      PAGERDUTY_WEBHOOK_SECRET: webhookSecret,
    },
    page: { offered, send: (sample) => alerts.send(sample) },
    async begin(botOrigin) {
      origin = botOrigin;
      // Waits for nothing of the bot's, which may already be stopping.
      undo.push(async () => alerts.stop());
      pagerDuty.sendWebhooks({ url: `${botOrigin}/hooks/pagerduty`, secrets: [webhookSecret] });
      await alerts.startWatchdog(signOfLifeMilliseconds);
    },
  };
}
