import { z } from 'zod';

/** What zod says about a value, in words for the person who typed it. Author's own messages come first. */
export function checkValue(schema: z.ZodType, value: unknown): string | undefined {
  const issue = issuesOf(schema, value)[0];
  return issue && sentence(issue.message);
}

/** The same for all arguments together, which also runs checks that span several of them. */
export function checkArguments(
  args: z.ZodObject,
  input: Readonly<Record<string, unknown>>,
): { argument: string | undefined; message: string }[] {
  return issuesOf(args, input).map((issue) => ({
    argument: issue.path.length > 0 ? String(issue.path[0]) : undefined,
    message: sentence(issue.message),
  }));
}

function issuesOf(schema: z.ZodType, value: unknown): readonly z.core.$ZodIssue[] {
  try {
    return schema.safeParse(value, { error: explain }).error?.issues ?? [];
  } catch (error) {
    // Asynchronous checks read from somewhere; they run later, when the arguments are resolved.
    if (error instanceof z.core.$ZodAsyncError) return [];
    throw error;
  }
}

function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'too_small':
      return tooSmall(String(issue.origin), Number(issue.minimum), issue.inclusive !== false);
    case 'too_big':
      return tooBig(String(issue.origin), Number(issue.maximum), issue.inclusive !== false);
    case 'not_multiple_of':
      return `Give a multiple of ${String(issue.divisor)}`;
    case 'invalid_value':
      return `Give one of ${(issue.values as unknown[]).map((value) => `"${String(value)}"`).join(', ')}`;
    case 'invalid_format':
      return formats[String(issue.format)] ?? 'This does not have the form that is needed here';
    case 'invalid_type':
      return issue.input === undefined
        ? 'This is needed'
        : 'This is not the kind of value that is needed here';
    case 'invalid_union':
    case 'custom':
      return 'This value cannot be used here';
    default:
      return undefined;
  }
}

const formats: Readonly<Record<string, string>> = {
  date: 'Give a day that exists as YYYY-MM-DD, for example 2026-12-01',
  datetime: 'Give a time with its zone, for example 2026-12-01T09:30Z',
  email: 'Give an email address, for example ada@example.com',
  url: 'Give a full address, for example https://example.com/page',
  uuid: 'Give a uuid, for example 123e4567-e89b-42d3-a456-426614174000',
};

function tooSmall(origin: string, minimum: number, isInclusive: boolean): string {
  if (origin === 'string') {
    return minimum === 1 ? 'This cannot be empty' : `Too short: give at least ${minimum} characters`;
  }
  if (origin === 'array' || origin === 'set') return `Give at least ${minimum}`;
  return isInclusive ? `Give ${minimum} or more` : `Give more than ${minimum}`;
}

function tooBig(origin: string, maximum: number, isInclusive: boolean): string {
  if (origin === 'string') return `Too long: give at most ${maximum} characters`;
  if (origin === 'array' || origin === 'set') return `Give at most ${maximum}`;
  return isInclusive ? `Give ${maximum} or less` : `Give less than ${maximum}`;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
