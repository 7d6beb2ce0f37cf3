import type { JsonObject } from '../../command.ts';
import type { Mention } from '../alerts/speak-group.ts';
import type { WantedMessage } from '../message.ts';
import { headlineId } from './deeds.ts';
import type { Incident, IncidentTimerKind } from './incident.ts';

/** What a timer, or a person who pages, has said once. */
export interface Told {
  readonly kind: IncidentTimerKind;
  /** Whom it calls, by id; never the one who asked for it. */
  readonly mentions?: readonly Mention[];
  /** Who asked for it; default: a timer. */
  readonly by?: string;
  readonly reason?: string;
}

/** In the incident's thread, shown in the channel as well. */
export function incidentTold(id: string, told: Told, at: Date): WantedMessage {
  return {
    id: `incident:${id}:told:${told.kind}:${at.getTime()}`,
    place: { kind: 'thread_of', messageId: headlineId(id), isBroadcast: true },
    urgency: 'critical',
    content: { told } as unknown as JsonObject,
  };
}

/** To the one it concerns: the commander, else who declared it. Undefined where neither is in Slack. */
export function incidentToldDirectly(
  { id, commander, declaredBy }: Pick<Incident, 'id' | 'commander' | 'declaredBy'>,
  told: Told,
  times: number,
): WantedMessage | undefined {
  const userId = [commander, declaredBy].find((one) => one !== undefined && !one.startsWith('cli:'));
  if (userId === undefined) return undefined;
  return {
    id: `incident:${id}:told:${told.kind}:${times}`,
    place: { kind: 'dm', userId },
    urgency: 'decision',
    content: { told } as unknown as JsonObject,
  };
}
