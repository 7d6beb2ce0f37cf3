import { z } from 'zod';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { Secret } from '../../core/secret.ts';
import { pathMistake } from './endpoint.ts';
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
  })
  .superRefine((given, context) => {
    const mistake = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
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

/** All the places a parameter of the operation is used in. */
export function usesOf(given: {
  readonly path: string;
  readonly body?: unknown;
  readonly observe?:
    | { readonly path: string; readonly expect: Readonly<Record<string, unknown>> }
    | undefined;
}): Use[] {
  return [
    ...usesInPath(given.path),
    ...(given.body === undefined ? [] : usesInTemplate(given.body as Template)),
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
