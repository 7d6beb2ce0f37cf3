import type { ClientBase } from 'pg';
import { headlineId, isSaid, logId, logWindow } from '../core/incidents/deeds.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import type { WantedMessage } from '../core/message.ts';
import { addJob } from './jobs.ts';
import { appendEntries } from './ledger.ts';
import { refreshMessage } from './messages.ts';
import type { Along } from './transaction.ts';

export interface RecorderOptions {
  readonly workspaceId: string;
  readonly processId: string;
  readonly now: () => Date;
}

/**
 * Records a decision's entries, and asks for what shows them: the headline of their incident, the line in its thread, the card
 * of the runbook they are a step of. Whatever makes an entry need not think of these.
 */
export function recorder(
  client: ClientBase,
  along: Along,
  want: (message: WantedMessage) => void,
  wanted: string[],
  { workspaceId, processId, now }: RecorderOptions,
): (entries: readonly NewEntry[]) => void {
  return (entries) => {
    const at = now();
    for (const incidentId of distinct(entries, 'incidentId')) {
      const headline = headlineId(incidentId);
      if (entries.some((entry) => entry.incidentId === incidentId && isSaid(entry))) {
        const place = { kind: 'thread_of', messageId: headline } as const;
        want({ id: logId(incidentId, logWindow(at)), place, urgency: 'other' });
      }
      wanted.push(headline);
      along(refreshMessage(client, workspaceId, headline, processId));
    }
    for (const instanceId of distinct(entries, 'runbookId')) {
      const key = `runbook:${workspaceId}:${instanceId}`;
      along(addJob(client, `runbook:${workspaceId}`, { workspaceId, instanceId }, { key }));
    }
    along(appendEntries(client, workspaceId, entries, at));
  };
}

function distinct(entries: readonly NewEntry[], field: 'incidentId' | 'runbookId'): string[] {
  return [...new Set(entries.flatMap((entry) => entry[field] ?? []))];
}
