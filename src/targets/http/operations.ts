import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Json, OperationSummary, Operations } from '../../command.ts';
import { CountersignError, Fault, UserMistake } from '../../core/errors.ts';
import { nearest } from '../../core/parse/nearest.ts';
import type { Secret } from '../../core/secret.ts';
import { judged, shownValue } from './expectations.ts';
import type { HttpClient } from './http-target.ts';
import { maskSettings } from './mask-settings.ts';
import { isRequired, parametersOf, readParameters } from './operation-parameters.ts';
import type { OperationConfig, OperationsConfig } from './operations-config.ts';
import { pointedAt } from './pointed-at.ts';
import { filledTemplate, filledTemplatePath, type ParameterValues, type Template } from './template.ts';

/** No shape is declared, so whatever the target says is its answer; none at all is null. */
const anyAnswer = z.json() as z.ZodType<Json>;

const nameOfSecret = (secret: Secret): string => `env:${secret.name}`;

export function createOperations(
  http: HttpClient,
  operations: OperationsConfig,
  redact: (text: string) => string,
): Operations {
  const operationNamed = (name: string): OperationConfig => {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation !== undefined) return operation;
    const names = Object.keys(operations);
    const near = nearest(name, names);
    const hint =
      near.length > 0
        ? `Did you mean ${near.map((one) => `"${one}"`).join(', ')}?`
        : `There are ${names.join(', ')}.`;
    throw new UserMistake(
      'unknown_operation',
      `${http.target.name} has no operation "${name.slice(0, 80)}". ${hint}`,
    );
  };
  const pathOf = (path: string, values: ParameterValues): string =>
    filledTemplatePath(path, values, (parameter) => {
      throw new UserMistake(
        'unusable_parameter',
        `"${parameter}" stands in a path, so it cannot be empty, "." or "..", or hold control characters.`,
      );
    });
  // An answer may hold credentials of the target that this process has never seen.
  const redacted = (value: Json): Json => maskSettings(value, redact);

  return {
    list: () => Object.entries(operations).map(([name, operation]) => summaryOf(name, operation)),
    find(name, parameters) {
      const operation = operationNamed(name);
      const values = readParameters(name, operation, parameters);
      pathOf(operation.path, values);
      if (operation.observe !== undefined) pathOf(operation.observe.path, values);
      return summaryOf(name, operation);
    },
    prepare(name, parameters) {
      const operation = operationNamed(name);
      const { method, risk, body } = operation;
      if (risk === 'read' || method === 'HEAD') {
        throw new Fault(
          'operation_only_reads',
          `The operation "${name}" only reads; there is nothing to prepare.`,
        );
      }
      const values = readParameters(name, operation, parameters);
      return http.prepare({
        name,
        method,
        path: pathOf(operation.path, values),
        ...(body === undefined
          ? {}
          : {
              body: filledTemplate(body as Template, values, nameOfSecret),
              bodyToSend: () => filledTemplate(body as Template, values, (secret) => secret.reveal()),
            }),
        answer: anyAnswer.transform(redacted),
      });
    },
    async read(name, parameters) {
      const operation = operationNamed(name);
      const { method, risk } = operation;
      if (risk !== 'read' || (method !== 'GET' && method !== 'HEAD')) {
        throw new Fault(
          'operation_changes',
          `The operation "${name}" changes something; it cannot be run as a read.`,
        );
      }
      const values = readParameters(name, operation, parameters);
      const answer = await http.get(pathOf(operation.path, values), anyAnswer, method);
      // Judged as it came: what is masked for people could not be compared.
      const masked = redacted(answer);
      return {
        answer: masked,
        findings: judged(answer, masked, operation.expect ?? {}, values, redact),
      };
    },
    async observe(name, parameters) {
      const operation = operationNamed(name);
      if (operation.observe === undefined) return undefined;
      const values = readParameters(name, operation, parameters);
      let answer: Json;
      try {
        answer = await http.get(pathOf(operation.observe.path, values), anyAnswer);
      } catch (error) {
        if (!(error instanceof CountersignError)) throw error;
        return { isSeen: false, sentence: error.message };
      }
      const looks = Object.entries(operation.observe.expect).map(([where, template]) => {
        const expected = filledTemplate(template as Template, values, (secret) => secret.reveal());
        const actual = pointedAt(answer, where);
        return { where, actual, isMet: actual !== undefined && isDeepStrictEqual(actual, expected) };
      });
      const unmet = looks.find(({ isMet }) => !isMet);
      const shown = unmet ?? looks[0]!;
      return {
        isSeen: unmet === undefined,
        sentence: `${shown.where} is ${shownValue(pointedAt(redacted(answer), shown.where), redact)}`,
      };
    },
  };
}

function summaryOf(name: string, operation: OperationConfig): OperationSummary {
  const request = `${operation.method} ${operation.path}`;
  return {
    name,
    summary: operation.summary ?? request,
    risk: operation.risk,
    request,
    parameters: [...parametersOf(operation)].map(([parameter, config]) => ({
      name: parameter,
      isRequired: isRequired(config),
    })),
  };
}
