import type { z } from 'zod';
import { type BlockCheck, blockChecks } from '../../config/settings-schema.ts';
import { nearest } from '../../core/parse/nearest.ts';

/** Endpoints that change something, by the block they belong to; operations add their own names. */
const changingEndpoints: Readonly<Record<string, readonly string[]>> = {
  tenancy: ['suspend', 'activate', 'resumeCounters'],
  notifications: ['resend'],
};

/** The block's calls go over HTTP, so the target must say where. */
export function needingHttp<Schema extends z.ZodType>(schema: Schema): Schema {
  const check: BlockCheck = (target) =>
    target.http === undefined
      ? [
          {
            path: [],
            message: 'needs "http" beside it, to know where to call: http: { baseUrl: "https://…" }',
          },
        ]
      : [];
  blockChecks.add(schema, { check });
  return schema;
}

/** A misspelt name under `honoursIdempotencyKey` would leave a change unrepeatable without a word. */
export function naming<Schema extends z.ZodType>(schema: Schema): Schema {
  blockChecks.add(schema, { check: unknownNames });
  return schema;
}

const unknownNames: BlockCheck = (target) => {
  const { honoursIdempotencyKey: honours } = target.http as { honoursIdempotencyKey?: unknown };
  if (!Array.isArray(honours)) return [];
  const known = [
    ...Object.entries(changingEndpoints).flatMap(([block, names]) =>
      target[block] === undefined ? [] : names,
    ),
    ...Object.keys((target.operations as object | undefined) ?? {}),
  ];
  return honours.flatMap((name: string, index) => {
    if (known.includes(name)) return [];
    const [near] = nearest(name, known, 1);
    const hint =
      near === undefined ? `; there are ${known.join(', ') || 'none'}` : `; did you mean "${near}"?`;
    return [
      {
        path: ['honoursIdempotencyKey', index],
        message: `names "${name}", which is no change of this target${hint}`,
      },
    ];
  });
};
