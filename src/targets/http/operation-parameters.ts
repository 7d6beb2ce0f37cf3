import { UserMistake } from '../../core/errors.ts';
import { nearest } from '../../core/parse/nearest.ts';
import { type OperationConfig, type ParameterConfig, usesOf } from './operations-config.ts';
import type { ParameterValue, ParameterValues } from './template.ts';

/** Long enough for a message to send; more would be a file. */
const longestValue = 4_000;

/** Declared ones first; what only stands in a template is a required text. */
export function parametersOf(operation: OperationConfig): ReadonlyMap<string, ParameterConfig> {
  const undeclared = usesOf(operation).filter(({ name }) => !Object.hasOwn(operation.parameters, name));
  return new Map<string, ParameterConfig>([
    ...Object.entries(operation.parameters),
    ...undeclared.map(({ name }) => [name, { type: 'string' }] as const),
  ]);
}

export function isRequired({ required, default: standard }: ParameterConfig): boolean {
  return required ?? standard === undefined;
}

/**
 * What people typed, as the values that go into the templates.
 * @throws UserMistake `unknown_parameter`, `missing_parameter` or `unusable_parameter`, naming it.
 */
export function readParameters(
  name: string,
  operation: OperationConfig,
  typed: Readonly<Record<string, string>>,
): ParameterValues {
  const known = parametersOf(operation);
  for (const given of Object.keys(typed)) {
    if (known.has(given)) continue;
    const names = [...known.keys()];
    const [near] = nearest(given, names, 1);
    const hint =
      near !== undefined
        ? ` Did you mean "${near}"?`
        : names.length === 0
          ? ' It takes none.'
          : ` It takes ${names.join(', ')}.`;
    throw new UserMistake(
      'unknown_parameter',
      `The operation "${name}" has no parameter "${given.slice(0, 80)}".${hint}`,
    );
  }
  const values = new Map<string, ParameterValue>();
  for (const [parameter, config] of known) {
    const text = Object.hasOwn(typed, parameter) ? typed[parameter] : undefined;
    if (text !== undefined) values.set(parameter, readValue(parameter, config, text));
    else if (config.default !== undefined) values.set(parameter, config.default);
    else if (isRequired(config)) {
      throw new UserMistake(
        'missing_parameter',
        `The operation "${name}" needs "${parameter}". Add ${parameter}=…`,
      );
    }
  }
  return values;
}

function readValue(name: string, config: ParameterConfig, text: string): ParameterValue {
  const refuse = (what: string): never => {
    throw new UserMistake('unusable_parameter', `"${name}" ${what}, not "${text.slice(0, 80)}".`);
  };
  if (text.length > longestValue) {
    throw new UserMistake('unusable_parameter', `"${name}" can be at most ${longestValue} characters long.`);
  }
  const value = typedValue(config.type, text, refuse);
  if (config.pattern !== undefined && !new RegExp(`^(?:${config.pattern})$`, 'u').test(text)) {
    refuse(`must match ${config.pattern}`);
  }
  if (config.enum !== undefined && !config.enum.includes(value)) {
    refuse(`must be one of ${config.enum.join(', ')}`);
  }
  return value;
}

function typedValue(
  type: ParameterConfig['type'],
  text: string,
  refuse: (what: string) => never,
): ParameterValue {
  switch (type) {
    case 'integer':
      return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))
        ? Number(text)
        : refuse('must be a whole number');
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(text) && Number.isFinite(Number(text))
        ? Number(text)
        : refuse('must be a number');
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      return refuse('must be true or false');
    default:
      if (text === '') return refuse('cannot be empty');
      return text;
  }
}
