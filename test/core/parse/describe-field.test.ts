import { describe, expect, it } from 'vitest';
import {
  channelRef,
  field,
  isoDate,
  isoTime,
  targetRef,
  tenantRef,
  userRef,
  z,
} from '../../../src/command.ts';
import { argumentProblems } from '../../../src/core/parse/argument-problems.ts';
import { describeField } from '../../../src/core/parse/describe-field.ts';
import { shapes } from './sample-commands.ts';

describe('describeField', () => {
  it.each([
    ['text', z.string()],
    [
      'text',
      z
        .string()
        .trim()
        .transform((value) => value.length),
    ],
    ['text', z.string().transform(Number).pipe(z.number())],
    ['number', z.number()],
    ['number', z.preprocess(Number, z.number())],
    ['integer', z.number().int()],
    ['integer', z.int().optional()],
    ['boolean', z.boolean().default(true)],
    ['enum', z.enum(['a', 'b']).nullable()],
    ['enum', z.literal(['a', 'b'])],
    ['enum', z.union([z.literal('a'), z.literal(2)])],
    ['date', isoDate()],
    ['date', z.coerce.date()],
    ['date', z.string().date()],
    ['time', isoTime().optional()],
    ['list', z.array(z.string()).min(1)],
    ['user', userRef().optional()],
    ['channel', channelRef()],
    ['reference', tenantRef()],
    ['reference', field(tenantRef(), { label: 'Customer' }).optional()],
    ['choice', targetRef()],
    ['unsupported', z.date()],
    ['unsupported', z.object({})],
    ['unsupported', z.array(z.array(z.string()))],
    ['unsupported', z.union([z.string(), z.number()])],
  ])('sees %s', (kind, schema) => {
    expect(describeField(schema as z.ZodType).kind).toBe(kind);
  });

  it.each([
    [true, z.string()],
    [true, tenantRef()],
    [false, z.string().optional()],
    [false, z.string().default('x')],
    [false, z.string().nullish()],
    [
      false,
      z
        .string()
        .optional()
        .transform((value) => value ?? 'x'),
    ],
    [false, targetRef()],
  ])('sees that a value is needed: %s', (isRequired, schema) => {
    expect(describeField(schema as z.ZodType).isRequired).toBe(isRequired);
  });

  it('reads bounds as a number box takes them', () => {
    expect(describeField(z.number().int().min(1).max(20))).toMatchObject({ minimum: 1, maximum: 20 });
    expect(describeField(z.int().positive().lt(10).optional())).toMatchObject({ minimum: 1, maximum: 9 });
    expect(describeField(z.string().trim().min(3).min(10).max(20))).toMatchObject({
      minLength: 10,
      maxLength: 20,
    });
    expect(describeField(z.string().length(4))).toMatchObject({ minLength: 4, maxLength: 4 });
  });

  it('reads defaults, options and labels', () => {
    expect(describeField(z.enum(['a', 'b']).default('b'), 'expiresMinutes')).toMatchObject({
      default: 'b',
      options: ['a', 'b'],
      flag: 'expires-minutes',
      label: 'Expires minutes',
    });
    expect(describeField(z.string().describe('From zod')).hint).toBe('From zod');
  });

  it('keeps the outermost of two labels and the reference beneath', () => {
    const schema = field(field(tenantRef(), { label: 'inner' }).optional(), { label: 'outer' });
    expect(describeField(schema)).toMatchObject({ label: 'outer', kind: 'reference' });
  });
});

describe('argumentProblems', () => {
  it.each(Object.entries(shapes))('has nothing to say about %s', (_, shape) => {
    expect(argumentProblems(shape)).toEqual([]);
  });

  it.each([
    ['people cannot type this', { args: z.object({ at: z.date() }) }],
    ['there is no argument "tenant"', { args: z.object({}), positionals: ['tenant'] }],
    ['both typed --a-b', { args: z.object({ aB: z.string(), a_b: z.string() }) }],
    ['"rest" must be the last positional', { args: z.object({ title: field(z.string(), { rest: true }) }) }],
    [
      'a list must be the last',
      { args: z.object({ a: z.array(z.string()), b: z.string() }), positionals: ['a', 'b'] },
    ],
    ['listed twice', { args: z.object({ a: z.string() }), positionals: ['a', 'a'] }],
    ['already turns off --x', { args: z.object({ x: z.boolean(), noX: z.string() }) }],
    ['1 to 75 characters', { args: z.object({ x: z.enum(['a', 'b'.repeat(76)]) }) }],
    ['small letter', { args: z.object({ 'a b': z.string() }) }],
  ])('says: %s', (message, shape) => {
    expect(argumentProblems(shape)).toEqual([expect.stringContaining(message)]);
  });
});
