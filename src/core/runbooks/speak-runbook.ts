import { headlineId } from '../incidents/deeds.ts';
import type { Place, WantedMessage } from '../message.ts';
import type { RunbookInstance } from './instance.ts';
import type { RunbookContext } from './runbook-context.ts';

export function runbookCardId(instanceId: string): string {
  return `runbook:${instanceId}:card`;
}

/** The one card of a started runbook: in its incident's thread, else where it was asked for. */
export function runbookCard(
  { id, incidentId, origin, startedBy }: RunbookInstance,
  urgency: WantedMessage['urgency'] = 'decision',
): WantedMessage {
  const place: Place =
    incidentId !== undefined
      ? { kind: 'thread_of', messageId: headlineId(incidentId) }
      : origin.channelId === undefined
        ? { kind: 'dm', userId: startedBy }
        : {
            kind: 'channel',
            channelId: origin.channelId,
            ...(origin.threadTs === undefined ? {} : { threadTs: origin.threadTs }),
          };
  return { id: runbookCardId(id), place, urgency };
}

/** Where a step's message is sent to: `thread` is where the card stands. */
export function messagePlace(
  to: string,
  instance: RunbookInstance,
  { channels }: ReturnType<RunbookContext['settings']>,
): Place {
  switch (to) {
    case 'thread':
      return { kind: 'thread_of', messageId: runbookThreadId(instance) };
    case 'incidents':
      return { kind: 'channel', channelId: channels.incidents ?? channels.ops };
    case 'ops':
      return { kind: 'channel', channelId: channels.ops };
    case 'alerts':
      return { kind: 'channel', channelId: channels.alerts ?? channels.ops };
    default:
      return { kind: 'channel', channelId: to };
  }
}

function runbookThreadId({ id, incidentId }: RunbookInstance): string {
  return incidentId === undefined ? runbookCardId(id) : headlineId(incidentId);
}
