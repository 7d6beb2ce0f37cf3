import { useState } from 'react';
import type { SampleAlert } from '../slack/client-api.ts';
import { sendAlert } from './requests.ts';

interface Outcome {
  text: string;
  isProblem: boolean;
}

/** Monitoring at the press of a button: what a source would notice, sent to the app as the source sends it. */
export function SendAlerts({ samples }: { samples: readonly SampleAlert[] }) {
  const [sending, setSending] = useState<ReadonlySet<string>>(new Set());
  const [outcome, setOutcome] = useState<Outcome>();
  const send = async ({ sample, label }: SampleAlert) => {
    if (sending.has(sample)) return;
    setOutcome(undefined);
    setSending((others) => new Set([...others, sample]));
    const { ok, error } = await sendAlert(sample);
    setSending((all) => new Set([...all].filter((other) => other !== sample)));
    setOutcome({ text: ok ? `${label}: sent` : `${label}: ${error ?? 'not sent'}`, isProblem: !ok });
  };
  return (
    <section className="send-alerts" aria-label="Send alerts">
      <details open>
        <summary>Send alerts</summary>
        <div className="samples">
          {samples.map((one) => (
            <button
              key={one.sample}
              type="button"
              title={one.description}
              aria-busy={sending.has(one.sample) || undefined}
              onClick={() => void send(one)}
            >
              {one.label}
            </button>
          ))}
        </div>
        <p className={outcome?.isProblem ? 'outcome problem' : 'outcome'} role="status">
          {outcome?.text}
        </p>
      </details>
    </section>
  );
}
