import { inspect } from 'node:util';
import { z } from 'zod';

/**
 * A value that must never be printed. Printing, logging, templating or serialising one gives its name; only
 * {@link Secret.reveal} gives the value, so that every place a secret leaves the process can be searched for.
 */
export class Secret {
  /** The environment variable it came from. */
  readonly name: string;
  readonly #value: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[secret ${this.name}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Environment variables that may be named by `env:NAME`. */
export const secretReference = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;

/**
 * The zod schema of a setting that is a secret: written `env:NAME` in the YAML, arrives as a {@link Secret}.
 * A literal is refused: settings files are committed, mailed and pasted into tickets.
 *
 * @example z.strictObject({ databaseUrl: secret(), token: secret().optional() })
 */
export function secret(): z.ZodType<Secret> {
  return z.custom<Secret>((value) => value instanceof Secret, {
    error: (issue) =>
      issue.input === undefined
        ? 'is missing; give the name of an environment variable, for example "env:PILOT_DATABASE_URL"'
        : 'must not stand in this file as text; put the value in an environment variable and write "env:NAME" here',
  });
}

/** Shorter values would be found inside ordinary words and make every log line unreadable. */
const shortestSearchableLength = 6;

/** Every secret value this process holds, so that they can be found and removed wherever text leaves it. */
export class Secrets {
  readonly #values = new Set<string>();
  #version = 0;

  /** Also learns the password inside a URL, in the written and in the decoded form. */
  add(secretOrValue: Secret | string): void {
    const value = typeof secretOrValue === 'string' ? secretOrValue : secretOrValue.reveal();
    for (const form of [value, value.trim(), ...passwordsIn(value)]) {
      if (form.length < shortestSearchableLength || this.#values.has(form)) continue;
      this.#values.add(form);
      this.#version += 1;
    }
  }

  /** Grows whenever a value is added: lets a reader keep what it derived from the values. */
  get version(): number {
    return this.#version;
  }

  values(): readonly string[] {
    return [...this.#values];
  }
}

function passwordsIn(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    // A lone % makes it undecodable; the written form is all there is.
    return [password];
  }
}
