import type { DecisionRequest, InboxEntry } from '../core/inbox.ts';
import type { Recorded } from './inbox-receiver.ts';
import type { InboxWriter } from './inbox-writer.ts';
import { type Reading, type RequestContext, readRequest } from './requests.ts';

/** Reads a request and stores what must be stored, before Bolt or anyone else acts on it. */
export async function record(
  body: Record<string, unknown>,
  context: RequestContext & {
    readonly inbox: InboxWriter;
    /** Goes on with what was stored, once it is acknowledged. */
    readonly goOn: (entry: InboxEntry) => void;
    readonly newCorrelationId: () => string;
    readonly onRecorded: (recorded: Recorded) => void;
    /** Why a form decides on what is no longer there, if that can be told at once. */
    readonly whyStale: (request: DecisionRequest) => Promise<string | undefined>;
  },
): Promise<Recorded> {
  const reading = await toldInForm(readRequest(body, context), context);
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

/** A stale form says so itself; the decision is stored all the same, to be refused on record. */
async function toldInForm(
  reading: Reading,
  { whyStale }: { readonly whyStale: (request: DecisionRequest) => Promise<string | undefined> },
): Promise<Reading> {
  const { request } = reading;
  if (request.kind !== 'decision') return reading;
  const text = await whyStale(request);
  if (text === undefined) return reading;
  return {
    ...reading,
    request: { ...request, isTold: true },
    reaction: { kind: 'view_problem', command: 'Nothing done', text },
  };
}
