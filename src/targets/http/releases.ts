import { z } from 'zod';
import type { Releases, Seen } from '../../command.ts';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { CountersignError } from '../../core/errors.ts';
import { endpoint, filledPath } from './endpoint.ts';
import { readHealthAnswer } from './health-payload.ts';
import type { HttpClient, HttpTarget, RequestContext } from './http-target.ts';
import { probe } from './probe.ts';
import { count, time } from './shapes.ts';

/** The `releases:` block; `{}` means every default. */
export const releasesConfigSchema = z.strictObject({
  endpoints: z
    .strictObject({
      releases: endpoint('GET /api/releases'),
      migrations: endpoint('GET /api/migrations'),
      queues: endpoint('GET /api/queues'),
      readiness: endpoint('GET /ready'),
    })
    .prefault({}),
});

export type ReleasesConfig = DeepReadonly<z.output<typeof releasesConfigSchema>>;

const releasesAnswer = z.object({
  releases: z.array(
    z.object({
      version: z.string().min(1),
      deployedAt: time.nullish().transform((at) => at ?? undefined),
      schema: z.string().min(1),
      runsOn: z
        .object({ oldest: z.string().min(1), newest: z.string().min(1) })
        .nullish()
        .transform((range) => range ?? undefined),
    }),
  ),
});
const migrationsAnswer = z.object({ applied: z.array(z.string()), pending: z.array(z.string()) });
const queuesAnswer = z.object({ queues: z.array(z.object({ name: z.string().min(1), depth: count })) });

export function createReleases(
  target: HttpTarget,
  context: RequestContext,
  { endpoints }: ReleasesConfig,
): Releases {
  const http: HttpClient = target.for(context);
  const { now } = target.shared;
  const seen = async <Value>(look: () => Promise<Value>): Promise<Seen<Value>> => {
    try {
      return { isSeen: true, value: await look(), at: now() };
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      return { isSeen: false, why: error.message };
    }
  };

  return {
    releases: () =>
      seen(async () => (await http.get(filledPath(endpoints.releases), releasesAnswer)).releases),
    migrations: () => seen(() => http.get(filledPath(endpoints.migrations), migrationsAnswer)),
    queues: () => seen(async () => (await http.get(filledPath(endpoints.queues), queuesAnswer)).queues),
    async readiness() {
      // Not the reading client: "not ready" is a 503, which there is a failure to be retried.
      const seenAnswer = await probe(target.shared, context, { path: filledPath(endpoints.readiness) });
      const { name } = target.shared.target;
      if ('why' in seenAnswer) return { isSeen: false, why: `${name} gave ${seenAnswer.why}` };
      const { status, failing } = readHealthAnswer(seenAnswer.answer, target.shared.redact);
      if (status === 'unknown') {
        return {
          isSeen: false,
          why: `${name} answered ${seenAnswer.answer.status} in a form that says neither`,
        };
      }
      return { isSeen: true, value: { isReady: status === 'up', failing }, at: now() };
    },
  };
}
