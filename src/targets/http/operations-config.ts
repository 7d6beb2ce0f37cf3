import { z } from 'zod';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { Secret } from '../../core/secret.ts';
import { pathMistake } from './endpoint.ts';
import { maybeBounds } from './expectations.ts';
import { type Template, type Use, usesInPath, usesInTemplate } from './template.ts';

const parameterName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, { error: 'is not a usable parameter name' });

const pattern = z.string().superRefine((text, context) => {
  try {
    new RegExp(`^(?:${text})$`, 'u');
  } catch {
    context.addIssue({ code: 'custom', message: 'is not a regular expression' });
  }
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const parameter = z
  .strictObject({
    type: z.enum(['string', 'integer', 'number', 'boolean']).default('string'),
    /** Must match the whole value. */
    pattern: pattern.optional(),
    enum: z.array(scalar).min(1).optional(),
    /** Default true, unless there is a default. */
    required: z.boolean().optional(),
    default: scalar.optional(),
  })
  .superRefine((given, context) => {
    for (const [index, value] of (given.enum ?? []).entries()) {
      if (!isOfType(value, given.type)) {
        context.addIssue({
          code: 'custom',
          path: ['enum', index],
          message: `is not of the type ${given.type}`,
        });
      }
    }
    if (given.default !== undefined && !isOfType(given.default, given.type)) {
      context.addIssue({ code: 'custom', path: ['default'], message: `is not of the type ${given.type}` });
    }
    if (given.default !== undefined && given.required === true) {
      context.addIssue({
        code: 'custom',
        path: ['required'],
        message: 'has no effect beside a default. Remove one of them',
      });
    }
  });

export type ParameterConfig = DeepReadonly<z.output<typeof parameter>>;

function isOfType(
  value: string | number | boolean,
  type: 'string' | 'integer' | 'number' | 'boolean',
): boolean {
  return type === 'integer' ? Number.isSafeInteger(value) : typeof value === type;
}

const templatedPath = z.string().superRefine((path, context) => {
  const mistake = pathMistake(path.replace(/\{\{\s*[A-Za-z][A-Za-z0-9_-]*\s*\}\}/g, 'x'));
  if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
  else if (/[{}]/.test(path.replace(/\{\{\s*[A-Za-z][A-Za-z0-9_-]*\s*\}\}/g, ''))) {
    context.addIssue({ code: 'custom', message: 'holds a "{" that is not part of a {{name}}' });
  }
});

// Typed `unknown` where settings are handled: a recursive type in them is more than the compiler follows.
const body = z.unknown().refine(isTemplate, { error: 'must be JSON: text, numbers, lists and keys' });

function isTemplate(value: unknown): boolean {
  if (value === null || value instanceof Secret) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  return Object.values(value).every(isTemplate);
}

const observe = z.strictObject({
  method: z.literal('GET', { error: 'only reads, so its method must be GET' }).default('GET'),
  path: templatedPath,
  /** JSON pointer (`/status`) or dotted path (`job.status`) → the value it must have. */
  expect: z.record(z.string().min(1), body).refine((expected) => Object.keys(expected).length > 0, {
    error: 'expects nothing, so it would always be seen',
  }),
});

/** JSON pointer or dotted path → the value it must have, or the bounds a number must lie in. */
const expect = z
  .record(z.string().min(1), body)
  .refine((expected) => Object.keys(expected).length > 0, { error: 'expects nothing. Remove it' });

const operation = z
  .strictObject({
    /** What people read; default: the request line. */
    summary: z.string().trim().min(1).max(100).optional(),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path: templatedPath,
    body: body.optional(),
    parameters: z.record(parameterName, parameter).default({}),
    /** Decides the policy, as the risk of a command does. `read` only with GET and HEAD. */
    risk: z.enum(['read', 'change', 'dangerous']),
    observe: observe.optional(),
    /** Of a read: what its answer must hold for the read to be well. Without it an answer is not judged. */
    expect: expect.optional(),
  })
  .superRefine((given, context) => {
    const mistake = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (given.expect !== undefined && given.risk !== 'read')
      mistake(['expect'], 'judges the answer of a read. What a change brought about is said under "observe"');
    if (given.expect !== undefined && given.method === 'HEAD')
      mistake(['expect'], 'has nothing to judge: an answer to HEAD has no body. Use GET');
    for (const [where, expected] of Object.entries(given.expect ?? {})) {
      const problem = boundsProblem(expected, given.parameters);
      if (problem !== undefined) mistake(['expect', where], problem);
    }
    const isBodiless = given.method === 'GET' || given.method === 'HEAD';
    if (given.risk === 'read' && !isBodiless)
      mistake(['risk'], `cannot be read with the method ${given.method}`);
    if (given.risk !== 'read' && given.method === 'HEAD') mistake(['method'], 'only reads; set "risk: read"');
    if (isBodiless && given.body !== undefined)
      mistake(['body'], `is never sent with ${given.method}. Remove it`);
    const uses = usesOf(given);
    for (const [name, { required, default: standard }] of Object.entries(given.parameters)) {
      const here = uses.filter((use) => use.name === name);
      if (here.length === 0)
        mistake(['parameters', name], `is used nowhere; write {{${name}}} where it belongs`);
      if (required === false && standard === undefined && here.some(({ isWhole }) => !isWhole)) {
        mistake(
          ['parameters', name],
          'may be left out, but stands inside a path or a longer text. Give it a default',
        );
      }
    }
  });

/** Why bounds cannot be compared with; undefined for bounds that can, and for what are no bounds. */
function boundsProblem(
  expected: unknown,
  parameters: Readonly<Record<string, { readonly type: string }>>,
): string | undefined {
  const bounds = maybeBounds(expected);
  if (bounds === undefined) return undefined;
  for (const bound of Object.values(bounds)) {
    if (typeof bound === 'number') continue;
    const [use, ...others] = typeof bound === 'string' ? usesInTemplate(bound) : [];
    const type = use === undefined ? undefined : parameters[use.name]?.type;
    const isNumber = type === 'integer' || type === 'number';
    if (others.length > 0 || use?.isWhole !== true || !isNumber) {
      return 'has a bound that is neither a number nor one {{parameter}} of the type integer or number';
    }
  }
  const { min, max } = bounds;
  const isEmpty = typeof min === 'number' && typeof max === 'number' && min > max;
  return isEmpty ? 'can never hold: its min is greater than its max' : undefined;
}

/** All the places a parameter of the operation is used in. */
export function usesOf(given: {
  readonly path: string;
  readonly body?: unknown;
  readonly expect?: Readonly<Record<string, unknown>> | undefined;
  readonly observe?:
    | { readonly path: string; readonly expect: Readonly<Record<string, unknown>> }
    | undefined;
}): Use[] {
  return [
    ...usesInPath(given.path),
    ...(given.body === undefined ? [] : usesInTemplate(given.body as Template)),
    ...(given.expect === undefined ? [] : usesInTemplate(given.expect as Template)),
    ...(given.observe === undefined
      ? []
      : [...usesInPath(given.observe.path), ...usesInTemplate(given.observe.expect as Template)]),
  ];
}

/** The `operations:` block: HTTP calls that need no code. */
export const operationsConfigSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
      error: 'is not a usable operation name: lower-case letters, digits and "-", beginning with a letter',
    }),
    operation,
  )
  .refine((operations) => Object.keys(operations).length > 0, { error: 'declares no operation. Remove it' });

export type OperationConfig = DeepReadonly<z.output<typeof operation>>;
export type OperationsConfig = Readonly<Record<string, OperationConfig>>;
