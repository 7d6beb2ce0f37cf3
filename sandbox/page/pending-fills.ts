import type { ActionResult, ClientAction } from '../slack/client-api.ts';

/** Long enough that a word typed at speed is one request. */
const typingPauseMilliseconds = 250;

export interface PendingFills {
  fill(blockId: string, actionId: string, value: unknown): void;
  /** Resolves when the workspace has everything entered so far. */
  flush(): Promise<void>;
}

/**
 * What is typed into a modal, sent in order and after a pause. A submission or a click waits for
 * {@link PendingFills.flush}: the app must never receive yesterday's letters.
 */
export function pendingFills(
  viewId: string,
  act: (action: ClientAction) => Promise<ActionResult>,
): PendingFills {
  const waiting = new Map<string, ClientAction>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sent: Promise<unknown> = Promise.resolve();
  const flush = async () => {
    clearTimeout(timer);
    const actions = [...waiting.values()];
    waiting.clear();
    for (const action of actions) sent = sent.then(() => act(action));
    await sent;
  };
  return {
    fill(blockId, actionId, value) {
      waiting.set(`${blockId}/${actionId}`, { kind: 'fill', viewId, blockId, actionId, value });
      clearTimeout(timer);
      timer = setTimeout(() => void flush(), typingPauseMilliseconds);
    },
    flush,
  };
}
