import { z } from 'zod';
import type { Health, HealthCheck } from '../../command.ts';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { clockSkew } from './clock-skew.ts';
import { pathMistake } from './endpoint.ts';
import { readHealthAnswer } from './health-payload.ts';
import { baseUrl } from './http-config.ts';
import type { HttpShared, RequestContext } from './http-target.ts';
import { probe } from './probe.ts';

const probePath = z.string().superRefine((path, context) => {
  const mistake = pathMistake(path);
  if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
});

const service = z
  .strictObject({
    /** Where this service answers, when that is not `http.baseUrl`; the target's credential is not sent there. */
    baseUrl: baseUrl.optional(),
    liveness: probePath.optional(),
    readiness: probePath.optional(),
  })
  .refine(({ liveness, readiness }) => liveness !== undefined || readiness !== undefined, {
    error: 'must name the path of its liveness, its readiness or both, for example "liveness: /health"',
  });

/**
 * The `health:` block; `{}` asks one service, `api`, at `/health` and `/ready`.
 *
 * @example health: { services: { api: { liveness: /healthz, readiness: /readyz } } }
 */
export const healthConfigSchema = z.strictObject({
  services: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, { error: 'is not a usable service name' }), service)
    .refine((services) => Object.keys(services).length > 0, { error: 'names no service' })
    .prefault({ api: { liveness: '/health', readiness: '/ready' } }),
});

export type HealthConfig = DeepReadonly<z.output<typeof healthConfigSchema>>;

export function createHealth(
  shared: HttpShared,
  context: RequestContext,
  { services }: HealthConfig,
): Health {
  const look = async (
    name: string,
    kind: HealthCheck['probe'],
    path: string,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<HealthCheck> => {
    const subject = { service: name, probe: kind, path };
    const unseen = (answer: string): HealthCheck => ({
      ...subject,
      status: 'unknown',
      answer,
      latencyMilliseconds: undefined,
      failing: [],
      clockSkewMilliseconds: undefined,
    });
    try {
      const asked = shared.now();
      const startedAt = performance.now();
      const probed = await probe(shared, { ...context, signal }, { path, baseUrl: base });
      if ('why' in probed) return unseen(probed.why);
      const { answer } = probed;
      // The body came after the headers; only until those does the other clock's reading say something.
      const received = new Date(asked.getTime() + answer.latencyMilliseconds);
      const { status, failing } = readHealthAnswer(answer, shared.redact);
      return {
        ...subject,
        status,
        answer: String(answer.status),
        latencyMilliseconds: Math.round(performance.now() - startedAt),
        failing,
        clockSkewMilliseconds: clockSkew(answer.headers, asked, received),
      };
    } catch {
      // One probe that breaks must not take the others' answers with it.
      return unseen('an answer that could not be read');
    }
  };

  return {
    check: (signal) => {
      const both = AbortSignal.any([signal, ...(context.signal ? [context.signal] : [])]);
      return Promise.all(
        Object.entries(services).flatMap(([name, { baseUrl: base, liveness, readiness }]) => [
          ...(liveness === undefined ? [] : [look(name, 'liveness', liveness, base, both)]),
          ...(readiness === undefined ? [] : [look(name, 'readiness', readiness, base, both)]),
        ]),
      );
    },
  };
}
