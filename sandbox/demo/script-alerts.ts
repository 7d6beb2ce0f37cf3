import { setTimeout as pause } from 'node:timers/promises';
import type { AlertSender } from '../alerts/alert-sender.ts';
import type { ScriptAlerts } from '../say/stage.ts';
import type { SlackWorkspace } from '../slack/server.ts';

/** The settings want Prometheus missed after a minute; the rest is patience. */
const missedWithinMilliseconds = 120_000;

/**
 * `alert …` lines: like the page's buttons, but that Prometheus fell silent, and that it speaks again, is waited for until
 * people see it: both are found by looking now and then, so that nothing pending shows they are to come.
 */
export function scriptAlerts(
  alerts: AlertSender,
  workspace: Pick<SlackWorkspace, 'onEvent' | 'app'>,
): ScriptAlerts {
  let isSilent = false;
  return {
    problemWith: (sample) => alerts.problemWith(sample),
    async send(sample) {
      const wasSilent = isSilent;
      if (sample === 'silent') isSilent = true;
      if (sample === 'watchdog') isSilent = false;
      if (isSilent === wasSilent) return alerts.send(sample);
      const shown = nextMessage(workspace, isSilent ? 'message_posted' : 'message_edited');
      try {
        await alerts.send(sample);
        await shown.happened;
      } finally {
        shown.stop();
      }
    },
  };
}

/** Of the bot's. @throws Error when it does not come */
function nextMessage(
  { onEvent, app }: Pick<SlackWorkspace, 'onEvent' | 'app'>,
  kind: 'message_posted' | 'message_edited',
): { readonly happened: Promise<void>; stop(): void } {
  const seen = Promise.withResolvers<void>();
  const unsubscribe = onEvent((event) => {
    if (event.kind === kind && event.message.userId === app.botUserId) seen.resolve();
  });
  const given = new AbortController();
  const tooLate = pause(missedWithinMilliseconds, undefined, { signal: given.signal }).then(
    () => {
      throw new Error(`after ${missedWithinMilliseconds / 1000} s nobody had been told`);
    },
    () => undefined,
  );
  return {
    happened: Promise.race([seen.promise, tooLate]),
    stop() {
      given.abort();
      unsubscribe();
    },
  };
}
