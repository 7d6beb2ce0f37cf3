import { format } from 'node:util';
import pino from 'pino';
import type { Redactor } from './core/redact.ts';

/** What the rest of the code writes to. Fields first, then one sentence. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
  /** A log whose every line carries `bindings` too. */
  child(bindings: Record<string, unknown>): Log;
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  readonly redactor: Redactor;
  /** Where lines go; default: standard output. */
  readonly destination?: { write(line: string): void };
}

/**
 * One JSON line per event, with no secret in it: every field, message and error passes the redactor before
 * pino sees it, so that no serializer, formatter or child can print what was removed.
 */
export function createLog({ level, redactor, destination }: LogOptions): pino.Logger & Log {
  const options: pino.LoggerOptions = {
    level,
    // pid and hostname say nothing a log collector does not add, and every line would carry them.
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // The redactor has already made plain objects of errors; pino's own serializer would replace their type.
    serializers: { err: (error: unknown) => error },
    hooks: {
      logMethod(args, method) {
        method.apply(this, redactedArguments(args, redactor));
      },
    },
  };
  const log = destination === undefined ? pino(options) : pino(options, destination);
  // pino passes a child's bindings through neither formatter nor hook. Children inherit from their parent, so
  // replacing these two once covers every descendant.
  const { child, setBindings } = log;
  const redacted = (bindings: object): pino.Bindings => redactor.value(bindings) as pino.Bindings;
  log.child = function (this: pino.Logger, bindings: object, childOptions?: pino.ChildLoggerOptions) {
    return Reflect.apply(child, this, [redacted(bindings), childOptions]);
  } as unknown as typeof child;
  log.setBindings = function (this: pino.Logger, bindings: object) {
    setBindings.call(this, redacted(bindings));
  };
  return log;
}

/** pino takes `(fields, message, ...values)`, `(error, message, ...values)` and `(message, ...values)`. */
function redactedArguments(args: readonly unknown[], redactor: Redactor): [object, string?] {
  const [first, ...others] = args;
  if (typeof first !== 'object' || first === null) return [{}, redactor.text(format(...args))];
  const fields = redactor.value(first instanceof Error ? { err: first } : first) as object;
  if (others.length > 0) return [fields, redactor.text(format(...others))];
  return first instanceof Error ? [fields, redactor.text(first.message)] : [fields];
}
