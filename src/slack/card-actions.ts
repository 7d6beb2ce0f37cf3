import type { CardActionRequest } from '../core/inbox.ts';

/** `retry` and `run_suggestion:<n>` carry `{"run":"r-…"}`: ids only, what they stand for is looked up. */
export function maybeCardAction(
  actionId: string,
  value: string | undefined,
): Pick<CardActionRequest, 'action' | 'runId' | 'index'> | undefined {
  const runId = maybeRunId(value);
  if (runId === undefined) return undefined;
  if (actionId === 'retry') return { action: 'retry', runId, index: 0 };
  const suggestion = /^run_suggestion:(\d{1,2})$/.exec(actionId);
  if (suggestion !== null) return { action: 'suggestion', runId, index: Number(suggestion[1]) };
  return undefined;
}

function maybeRunId(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(value);
    const runId = (json as { run?: unknown } | null)?.run;
    return typeof runId === 'string' && runId.length <= 40 ? runId : undefined;
  } catch {
    return undefined;
  }
}
