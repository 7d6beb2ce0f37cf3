import { checkArguments, checkValue } from './check-value.ts';
import { boundedText } from './clean-text.ts';
import { coerceValue, type TypedText } from './coerce-value.ts';
import type { CommandShape } from './command-catalog.ts';
import { describeArguments, type FieldDescription, flagName } from './describe-field.ts';
import { nearest } from './nearest.ts';
import type { Token, Word } from './tokenize.ts';

export interface ArgumentProblem {
  /** The argument it is about; undefined when it is about the line as a whole. */
  readonly argument: string | undefined;
  /** What is wrong and what to give, as one sentence. */
  readonly message: string;
}

export interface ReadWords {
  /** Arguments by name, in the types the schema takes, before its defaults and transforms; plain JSON. */
  readonly input: Record<string, unknown>;
  /** Required arguments that were not given, in declared order: the modal asks for them. */
  readonly missing: readonly string[];
  readonly problems: readonly ArgumentProblem[];
}

/** The words after a command's name as its arguments. */
export function readArguments(shape: CommandShape, tokens: readonly Token[]): ReadWords {
  const reading = new Reading(describeArguments(shape.args), shape.positionals ?? []);
  reading.read(tokens);
  return reading.result(shape);
}

/** One pass over the words after the command's name. */
class Reading {
  readonly #fields: readonly FieldDescription[];
  readonly #positionals: FieldDescription[];
  readonly #given = new Map<string, unknown>();
  /** Given, but unusable: neither input nor missing. */
  readonly #unusable = new Set<string>();
  readonly #problems: ArgumentProblem[] = [];

  constructor(fields: readonly FieldDescription[], positionals: readonly string[]) {
    this.#fields = fields;
    this.#positionals = positionals.flatMap((name) => fields.filter((field) => field.name === name));
  }

  read(tokens: readonly Token[]): void {
    const words: Word[] = [];
    for (let index = 0; index < tokens.length; index += 1) {
      const token = tokens[index]!;
      if (token.kind === 'word') {
        words.push(token);
        continue;
      }
      const next = tokens[index + 1];
      const hasTakenNext = this.#flag(token.name, token.value, next?.kind === 'word' ? next : undefined);
      if (hasTakenNext) index += 1;
    }
    this.#placeWords(words);
  }

  result(shape: CommandShape): ReadWords {
    const input = Object.fromEntries(this.#given);
    const missing = this.#fields
      .filter((field) => field.isRequired && !this.#given.has(field.name) && !this.#unusable.has(field.name))
      .map((field) => field.name);
    const problems = [...this.#problems];
    for (const field of this.#fields) {
      if (!this.#given.has(field.name)) continue;
      const message = checkValue(field.schema, this.#given.get(field.name));
      if (message !== undefined) problems.push({ argument: field.name, message });
    }
    if (missing.length === 0 && problems.length === 0) problems.push(...checkArguments(shape.args, input));
    return { input, missing, problems };
  }

  /** Returns true when the following word was the flag's value. */
  #flag(typedName: string, attached: Word | undefined, next: Word | undefined): boolean {
    const name = flagName(typedName);
    const field = this.#fields.find((candidate) => candidate.flag === name);
    if (!field) {
      this.#withoutField(name, attached);
      return false;
    }
    if (field.kind === 'boolean' && !attached) {
      this.#set(field, true);
      return false;
    }
    const value = attached ?? next;
    if (!value) {
      this.#refuse(field, `--${field.flag} needs a value after it.`);
      return false;
    }
    this.#take(field, value);
    return !attached;
  }

  /** `--no-notify`, or a flag that is not there. */
  #withoutField(name: string, attached: Word | undefined): void {
    const negated = name.startsWith('no-')
      ? this.#fields.find((field) => field.flag === name.slice(3))
      : undefined;
    if (negated?.kind === 'boolean' && !attached) {
      this.#set(negated, false);
      return;
    }
    if (negated) {
      const why = attached ? 'takes no value' : 'only works for yes-or-no arguments';
      this.#refuse(negated, `--${name} ${why}. Use --${negated.flag}.`);
      return;
    }
    const near = nearest(
      name,
      this.#fields.map((field) => field.flag),
      1,
    )[0];
    const hint = near === undefined ? this.#listFlags() : `Did you mean --${near}?`;
    this.#problems.push({ argument: undefined, message: `There is no --${boundedText(name, 60)}. ${hint}` });
  }

  #listFlags(): string {
    const flags = this.#fields.map((field) => `--${field.flag}`);
    return flags.length === 0 ? 'This command takes no arguments.' : `There is ${flags.join(', ')}.`;
  }

  #placeWords(typed: readonly Word[]): void {
    const words = this.#positionals.some(({ metadata }) => metadata.mentionsAsIds)
      ? typed.map(withId)
      : typed;
    let next = 0;
    for (const [index, field] of this.#positionals.entries()) {
      if (next >= words.length) return;
      const isLast = index === this.#positionals.length - 1;
      const remaining = words.slice(next);
      if (isLast && field.isRest) {
        this.#take(field, remaining.length === 1 ? remaining[0]! : { text: rawText(remaining) });
        return;
      }
      if (isLast && field.kind === 'list') {
        for (const word of remaining) this.#take(field, word);
        return;
      }
      this.#take(field, words[next]!);
      next += 1;
    }
    if (next < words.length) this.#tooMany(words.slice(next));
  }

  #tooMany(extra: readonly Word[]): void {
    const first = extra[0]!;
    const flag = /^-+(.+)$/.exec(first.text)?.[1];
    const meant =
      flag === undefined
        ? undefined
        : nearest(
            flag,
            this.#fields.map((field) => field.flag),
            1,
          )[0];
    const hint =
      meant !== undefined
        ? `Did you mean --${meant}?`
        : 'Put quotes around a value that has spaces in it, or leave this out.';
    this.#problems.push({
      argument: undefined,
      message: `"${boundedText(first.text, 60)}" is one word too many. ${hint}`,
    });
  }

  #take(field: FieldDescription, typed: TypedText & { readonly parts?: readonly string[] }): void {
    if (field.kind === 'list' && field.item) {
      this.#takeItems(field, field.item, typed);
      return;
    }
    const coerced = coerceValue(field, typed);
    if ('problem' in coerced) this.#refuse(field, coerced.problem);
    else this.#set(field, coerced.value);
  }

  #takeItems(
    field: FieldDescription,
    item: FieldDescription,
    typed: TypedText & { readonly parts?: readonly string[] },
  ): void {
    const texts = (typed.entity ? [typed.text] : (typed.parts ?? [typed.text]))
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const items = (this.#given.get(field.name) as unknown[] | undefined) ?? [];
    for (const text of texts) {
      const coerced = coerceValue(item, { text, entity: typed.entity });
      if ('problem' in coerced) {
        this.#refuse(field, coerced.problem);
        return;
      }
      items.push(coerced.value);
    }
    if (!this.#unusable.has(field.name)) this.#given.set(field.name, items);
  }

  #set(field: FieldDescription, value: unknown): void {
    if (this.#given.has(field.name) || this.#unusable.has(field.name)) {
      this.#problems.push({ argument: field.name, message: `${field.label} was given twice. Give it once.` });
      return;
    }
    this.#given.set(field.name, value);
  }

  #refuse(field: FieldDescription, message: string): void {
    this.#given.delete(field.name);
    this.#unusable.add(field.name);
    this.#problems.push({ argument: field.name, message });
  }
}

/** A mention as its id, for fields that want `U0ADA` and not `@ada`. */
function withId(word: Word): Word {
  const { entity } = word;
  if (entity?.kind !== 'user' && entity?.kind !== 'channel') return word;
  return { ...word, text: entity.id, raw: entity.id, parts: [entity.id], entity: undefined };
}

function rawText(words: readonly Word[]): string {
  return words.map((word) => word.raw).join(' ');
}
