/**
 * The few combinators the Block Kit rules are written in. A rule looks at one value and reports what Slack
 * would object to, worded as Slack words it, with a JSON pointer to the spot.
 */
export type Report = (message: string, pointer: string) => void;
export type Rule = (value: unknown, pointer: string, report: Report) => void;
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string of `least`..`most` UTF-16 units, the unit Slack's own clients count in. */
export function text(most: number, least = 1): Rule {
  return (value, pointer, report) => {
    if (typeof value !== 'string') return report('must be a string', pointer);
    if (value.length < least) report(`must be more than ${least - 1} characters`, pointer);
    if (value.length > most) report(`must be less than ${most + 1} characters`, pointer);
  };
}

export function matching(pattern: RegExp, message: string, most = 3000): Rule {
  const length = text(most);
  return (value, pointer, report) => {
    length(value, pointer, report);
    if (typeof value === 'string' && value.length > 0 && !pattern.test(value)) report(message, pointer);
  };
}

export const url = matching(/^https?:\/\/[^\s]+$/i, 'must be a valid URL');
/** Where a click may lead: also `mailto:`, `slack:` and the like. */
export const anyUrl = matching(/^[a-z][a-z0-9+.-]*:[^\s]+$/i, 'must be a valid URL');

export const truth: Rule = (value, pointer, report) => {
  if (typeof value !== 'boolean') report('must be a boolean', pointer);
};

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Rule {
  return (value, pointer, report) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return report('must be an integer', pointer);
    if (value < least) report(`must be greater than ${least - 1}`, pointer);
    if (value > most) report(`must be less than ${most + 1}`, pointer);
  };
}

export function oneOf(...allowed: readonly (string | number)[]): Rule {
  return (value, pointer, report) => {
    if (!allowed.includes(value as string))
      report(`must be one of: ${allowed.map(String).join(', ')}`, pointer);
  };
}

export function list(item: Rule, most: number, least = 1): Rule {
  return (value, pointer, report) => {
    if (!Array.isArray(value)) return report('must be an array', pointer);
    if (value.length > most) report(`no more than ${most} items allowed`, pointer);
    if (value.length < least) report(`no fewer than ${least} items allowed`, pointer);
    value.forEach((entry, index) => {
      item(entry, `${pointer}/${index}`, report);
    });
  };
}

/** Any order of checks on the same value. */
export function all(...rules: readonly Rule[]): Rule {
  return (value, pointer, report) => {
    for (const rule of rules) rule(value, pointer, report);
  };
}

/** An object with these fields and no others; names ending in `!` are required. */
export function object(shape: Record<string, Rule>): Rule {
  const rules = new Map(Object.entries(shape).map(([name, rule]) => [name.replace(/!$/, ''), rule]));
  const required = Object.keys(shape)
    .filter((name) => name.endsWith('!'))
    .map((name) => name.slice(0, -1));
  return (value, pointer, report) => {
    if (!isFields(value)) return report('must be an object', pointer);
    for (const name of required) {
      if (value[name] === undefined) report(`missing required field: ${name}`, pointer);
    }
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue;
      const rule = rules.get(name);
      if (!rule) report(`invalid additional property: ${name}`, pointer);
      else rule(field, `${pointer}/${name}`, report);
    }
  };
}

/** Chooses the rule by the value's `type`, which the chosen rule need not list. */
export function byType(rules: Record<string, Rule>): Rule {
  return (value, pointer, report) => {
    if (!isFields(value)) return report('must be an object', pointer);
    if (value.type === undefined) return report('missing required field: type', pointer);
    const rule = typeof value.type === 'string' && Object.hasOwn(rules, value.type) && rules[value.type];
    if (!rule) return report(`unsupported type: ${String(value.type)}`, `${pointer}/type`);
    const { type: _type, ...rest } = value;
    rule(rest, pointer, report);
  };
}

/** Exactly one of the named fields is present. */
export function exactlyOne(...names: readonly string[]): Rule {
  return (value, pointer, report) => {
    if (!isFields(value)) return;
    const present = names.filter((name) => value[name] !== undefined);
    if (present.length === 0) report(`must define one of: ${names.join(', ')}`, pointer);
    if (present.length > 1) report(`must define only one of: ${names.join(', ')}`, pointer);
  };
}

export function atLeastOne(...names: readonly string[]): Rule {
  return (value, pointer, report) => {
    if (isFields(value) && !names.some((name) => value[name] !== undefined))
      report(`must define at least one of: ${names.join(', ')}`, pointer);
  };
}
