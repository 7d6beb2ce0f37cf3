import type { Sample } from './samples.ts';

/** What the settings of a source would say for the samples of one folder. */
export interface SampleSource {
  readonly kind: string;
  /** Under `alerts.sources.<name>`, beside `kind` and `secrets`. */
  readonly options?: (sample: Sample) => unknown;
  /** Files there that are no deliveries. */
  readonly besides?: readonly string[];
}

/** By folder of `test/fixtures/webhooks/`. */
export const sampleSources: Readonly<Record<string, SampleSource>> = {
  alertmanager: { kind: 'alertmanager' },
  grafana: {
    kind: 'grafana',
    options: ({ description: { auth } }) =>
      auth.timestampHeader === undefined ? {} : { timestampHeader: auth.timestampHeader },
  },
  sentry: { kind: 'sentry' },
  github: { kind: 'github' },
  wearemany: {
    kind: 'github',
    options: () => ({ profile: 'ops-daily' }),
    // The line for Slack comes without headers, and the status lines are no deliveries: each has a test of its own.
    besides: ['slack-message.json', 'status-lines.jsonl'],
  },
  pagerduty: { kind: 'pagerduty' },
  genzi: { kind: 'genzi' },
  datadog: {
    kind: 'datadog',
    options: ({ description: { auth } }) => ({ header: auth.header }),
    // What is pasted into Datadog.
    besides: ['payload-template.json'],
  },
  'uptime-kuma': { kind: 'uptime-kuma' },
  uptimerobot: { kind: 'uptimerobot' },
};

/** Folders without a source: what we send ourselves, and what is not supported. */
export const notReceived: readonly string[] = ['pagerduty-events-v2', 'sendgrid', 'twilio'];
