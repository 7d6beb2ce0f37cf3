import type { Membership } from '../core/membership.ts';
import type { ClaimedMessage } from '../core/message.ts';
import type { Run } from '../core/run.ts';
import { isAnsweredPrivately } from '../core/speak.ts';
import type { Rendered } from './delivery/rendered.ts';
import { replyBlocks } from './views/reply.ts';
import { maybeRunPart, peopleIn, runCard, runMessage, runView, withoutAnswer } from './views/run-message.ts';

/** Shows a message from the state as it is at this moment, whatever it was when the message was asked for. */
export function renderer(deps: {
  /** The run, and the receipt of its newest ledger entry. */
  readonly maybeRun: (id: string) => Promise<{ run: Run; receipt: string | undefined } | undefined>;
  readonly membership: Membership;
}) {
  return async (message: ClaimedMessage): Promise<Rendered | undefined> => {
    const shown = maybeRunPart(message.id);
    if (shown === undefined) return frozen(message);
    const found = await deps.maybeRun(shown.runId);
    if (found === undefined) return undefined;
    const { run } = found;
    const whole = runCard(run, found.receipt);
    const card = shown.part === 'card' && isAnsweredPrivately(run) ? withoutAnswer(whole) : whole;
    const names = await readNames(peopleIn(card), deps.membership);
    const nameOf = (id: string) => names.get(id);
    if (shown.part === 'view') return { kind: 'view', view: runView(run, card, nameOf) };
    const content = runMessage(card, shown.part, shown.page, nameOf);
    return content === undefined ? undefined : { kind: 'message', message: content };
  };
}

function frozen({ content }: ClaimedMessage): Rendered | undefined {
  const text = content?.text;
  return typeof text === 'string' ? { kind: 'message', message: replyBlocks(text) } : undefined;
}

async function readNames(ids: readonly string[], membership: Membership): Promise<Map<string, string>> {
  const readings = await Promise.all(ids.map(async (id) => [id, await membership.person(id)] as const));
  return new Map(
    readings.flatMap(([id, reading]) => (reading.isReadable ? [[id, reading.value.name] as const] : [])),
  );
}
