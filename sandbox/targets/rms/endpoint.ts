import type pg from 'pg';
import { z } from 'zod';

/** One request, read and bounded. */
export interface Call {
  /** The endpoint's name, as faults and effects are filed under it. */
  readonly endpoint: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly bodySha256: string;
  /** Over method, path, query and body: what an idempotency key is bound to. */
  readonly requestSha256: string;
  readonly idempotencyKey: string | undefined;
  readonly correlationId: string;
  readonly actor: string;
  readonly at: Date;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True when it changed something; a replayed answer did not. */
  readonly hadEffect?: boolean;
}

/** What endpoints work with. */
export interface RmsState {
  readonly pool: pg.Pool;
  readonly startedAt: Date;
  /** Whether the service says of itself that it has lost its database, as the fault `not_ready` has it. */
  readonly hasLostDatabase: (service: 'api' | 'worker') => boolean;
}

export interface Endpoint {
  readonly name: string;
  readonly method: 'GET' | 'PATCH' | 'POST' | 'PUT';
  /** All of them mean the same; a segment that begins with ":" is a parameter. */
  readonly paths: readonly string[];
  /** Answers without a token, as probes do. */
  readonly isOpen?: boolean;
  readonly answer: (call: Call, state: RmsState) => Promise<Answer>;
}

/** Answered as `{ error }` with this status. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** @throws HttpProblem 400 naming each field that cannot be used */
export function readAs<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new HttpProblem(400, mistakes.join('; '));
}

/** A query parameter that is given without a value counts as not given. */
export function readQuery<Shape extends z.ZodRawShape>(shape: Shape, query: Call['query']) {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  return readAs(z.strictObject(shape), given);
}

export const limit = (usual: number, most: number) => z.coerce.number().int().min(1).max(most).default(usual);

/** An ISO 8601 time with its offset. */
export const isoTime = () =>
  z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 time with its offset' })
    .transform((text) => new Date(text));
