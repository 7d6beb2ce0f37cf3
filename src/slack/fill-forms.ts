import type { WantedMessage } from '../core/message.ts';
import type { Origin } from '../core/run.ts';
import { groupFormMessage } from './alert-requests.ts';
import { runFormMessage } from './decision-requests.ts';
import type { ListenerContext } from './listeners.ts';

/** Fills a form that was opened empty: it becomes a message like any other, drawn from the state when it is sent. */
export function formFiller(
  want: (message: WantedMessage) => Promise<void>,
): Pick<ListenerContext, 'fillRunForm' | 'fillGroupForm'> {
  const fill = (id: string, viewId: string, by: string, { channelId, threadTs }: Origin) =>
    want({
      id,
      place: { kind: 'view', viewId },
      urgency: 'decision',
      content: {
        by,
        ...(channelId === undefined ? {} : { channelId }),
        ...(threadTs === undefined ? {} : { threadTs }),
      },
    });
  return {
    fillRunForm: ({ viewId, runId, form, by, origin }) =>
      fill(runFormMessage(runId, form, viewId), viewId, by, origin),
    fillGroupForm: ({ viewId, groupId, form, by, origin }) =>
      fill(groupFormMessage(groupId, form, viewId), viewId, by, origin),
  };
}
