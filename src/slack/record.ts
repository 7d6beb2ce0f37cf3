import type { InboxEntry } from '../core/inbox.ts';
import type { Recorded } from './inbox-receiver.ts';
import type { InboxWriter } from './inbox-writer.ts';
import { type RequestContext, readRequest } from './requests.ts';

/** Reads a request and stores what must be stored, before Bolt or anyone else acts on it. */
export async function record(
  body: Record<string, unknown>,
  context: RequestContext & {
    readonly inbox: InboxWriter;
    /** Goes on with what was stored, once it is acknowledged. */
    readonly goOn: (entry: InboxEntry) => void;
    readonly newCorrelationId: () => string;
    readonly onRecorded: (recorded: Recorded) => void;
  },
): Promise<Recorded> {
  const reading = readRequest(body, context);
  const correlationId = context.newCorrelationId();
  if (reading.key === undefined) return { reading, stored: 'stored', correlationId };
  const incoming = {
    workspaceId: context.workspaceId,
    key: reading.key,
    request: reading.request,
    correlationId,
    needsWork: reading.needsWork,
  };
  const stored = await context.inbox.store(incoming);
  if (stored === 'stored' && reading.needsWork) context.goOn(incoming);
  const recorded = { reading, stored, correlationId };
  context.onRecorded(recorded);
  return recorded;
}
