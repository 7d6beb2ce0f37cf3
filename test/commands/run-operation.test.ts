import { describe, expect, it } from 'vitest';
import runOperation from '../../commands/run-operation.ts';
import type {
  Json,
  OperationReading,
  OperationSummary,
  Operations,
  Risk,
  TargetKinds,
} from '../../src/command.ts';
import { UserMistake } from '../../src/core/errors.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import {
  answered409,
  cutOff,
  lookAgainOf,
  observationText,
  planOf,
  planText,
  prepared,
  rms,
  runOf,
  unreachable,
} from './guarded-world.ts';
import { cardText } from './report-of.ts';

type Observation = Awaited<ReturnType<Operations['observe']>>;

const input = { target: 'rms', operation: 'log-level', param: ['level=debug', 'note=a=b, c'] };

function world({
  risk = 'change',
  observations = [
    { isSeen: false, sentence: 'level is info' },
    { isSeen: true, sentence: 'level is debug' },
  ],
  answer = { level: 'debug', until: '19:00', by: null, nested: { a: 1 } },
  name = 'log-level',
  findings = [],
}: {
  risk?: Risk;
  /** In the order they are looked at; the last one stays. */
  observations?: readonly (Observation | Error)[];
  answer?: Json | Error;
  name?: string;
  findings?: OperationReading['findings'];
} = {}) {
  const sent: unknown[] = [];
  const left = [...observations];
  const operation: OperationSummary = {
    name,
    summary: 'Log more for an hour',
    risk,
    request: 'POST /api/log-level',
    parameters: [{ name: 'level', isRequired: true }],
  };
  const answered = () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const target: TargetKinds['operations'] = {
    ...rms(),
    operations: {
      list: () => [operation],
      find: (asked) => {
        if (asked !== name) throw new UserMistake('unknown_operation', `There is no operation "${asked}".`);
        return operation;
      },
      prepare: (_, parameters) =>
        prepared<Json>({ method: 'POST', path: '/api/log-level', body: parameters }, () => {
          sent.push(parameters);
          return answered();
        }),
      read: async () => ({ answer: answered(), findings }),
      observe: async () => {
        const seen = left.length > 1 ? left.shift() : left[0];
        if (seen instanceof Error) throw seen;
        return seen;
      },
    },
  };
  return { target, sent };
}

const isWell = { holds: 'yes', sentence: '/depth is 3, expected at most 100' } as const;
const isBad = { holds: 'no', sentence: '/oldestSeconds is 900, expected at most 60' } as const;
const isMissing = { holds: 'unclear', sentence: '/lastRunAt is not there, expected "today"' } as const;

const golden = (name: string) => `../golden/commands/run-operation-${name}.txt`;
const place = { target: 'rms', environment: 'production' };
const catalog = new Map([['run-operation', { definition: runOperation }]]) as never;

describe('run-operation', () => {
  it.each<[string, Parameters<typeof world>[0], object]>([
    ['plan', {}, {}],
    ['plan-already-so', { observations: [{ isSeen: true, sentence: 'level is debug' }] }, {}],
    ['plan-undeclared', { observations: [undefined] }, {}],
    ['plan-unreadable', { observations: [unreachable()] }, {}],
    ['plan-read', { risk: 'read' }, { param: [] }],
    [
      'plan-long',
      { name: 'revoke-every-session-of' },
      { operation: 'revoke-every-session-of', param: [`a=${'x'.repeat(90)}`] },
    ],
  ])('plans as kept in run-operation-%s', async (name, given, more) => {
    const planned = await planOf(runOperation, { ...input, ...more }, world(given));
    expect(planned.plan.action!.length).toBeLessThan(24);
    await expect(planText(planned)).toMatchFileSnapshot(golden(name));
  });

  it('takes its risk from the operation', () => {
    const args = { target: 'rms', operation: 'log-level', param: [] };
    for (const risk of ['read', 'change', 'dangerous'] as const) {
      expect(runOperation.riskOf!(args, world({ risk }).target)).toBe(risk);
    }
    expect(runOperation.risk).toBe('dangerous');
    expect(() => runOperation.riskOf!({ ...args, operation: 'x' }, world().target)).toThrow(UserMistake);
  });

  it('refuses a parameter that is given twice', async () => {
    const planning = planOf(runOperation, { ...input, param: ['level=debug', 'level=info'] }, world());
    await expect(planning).rejects.toThrow('The parameter "level" is given twice. Give it once.');
  });

  it.each<[string, string, Parameters<typeof world>[0]]>([
    ['seen', 'ok', {}],
    ['seen-before', 'info', { observations: [{ isSeen: true, sentence: 'level is debug' }] }],
    [
      'perhaps-before',
      'info',
      { observations: [unreachable(), { isSeen: true, sentence: 'level is debug' }] },
    ],
    ['not-seen', 'warning', { observations: [{ isSeen: false, sentence: 'level is info' }] }],
    ['unreadable', 'unknown', { observations: [unreachable()] }],
    ['undeclared', 'info', { observations: [undefined] }],
    ['read', 'info', { risk: 'read' }],
    ['read-list', 'info', { risk: 'read', answer: Array.from({ length: 60 }, (_, index) => index) }],
    ['read-nothing', 'info', { risk: 'read', answer: null }],
    ['read-text', 'info', { risk: 'read', answer: 'pong' }],
    ['read-expected', 'ok', { risk: 'read', findings: [isWell] }],
    ['read-not-expected', 'bad', { risk: 'read', findings: [isWell, isMissing, isBad] }],
    ['read-unclear', 'unknown', { risk: 'read', findings: [isWell, isMissing] }],
    ['read-many', 'ok', { risk: 'read', findings: [isWell, isWell, isWell, isWell, isWell, isWell] }],
  ])('reports as kept in run-operation-%s, %s', async (name, status, given) => {
    const there = world(given);
    const planned = await planOf(runOperation, input, there);
    const report = await runOf(runOperation, planned, there);
    expect(report.status).toBe(status);
    expect(report.headline.length).toBeLessThanOrEqual(88);
    expect(there.sent).toHaveLength(given?.risk === 'read' ? 0 : 1);
    await expect(cardText('run-operation rms log-level', report, place)).toMatchFileSnapshot(golden(name));
  });

  it.each([answered409(), unreachable(), cutOff()])('leaves %s to the runtime', async (problem) => {
    const there = world({ answer: problem });
    const planned = await planOf(runOperation, input, there);
    await expect(runOf(runOperation, planned, there)).rejects.toBe(problem);
  });

  it.each<[string, 'yes' | 'unclear', Parameters<typeof world>[0]]>([
    ['seen', 'yes', {}],
    ['seen-before', 'unclear', { observations: [{ isSeen: true, sentence: 'level is debug' }] }],
    [
      'perhaps-before',
      'unclear',
      { observations: [unreachable(), { isSeen: true, sentence: 'level is debug' }] },
    ],
    ['not-seen', 'unclear', { observations: [{ isSeen: false, sentence: 'level is info' }] }],
    ['unreadable', 'unclear', { observations: [unreachable()] }],
    ['undeclared', 'unclear', { observations: [undefined] }],
  ])('looks again as kept in run-operation-again-%s, %s', async (name, happened, given) => {
    const there = world(given);
    const planned = await planOf(runOperation, input, there);
    const seen = await lookAgainOf(runOperation, planned, there);
    expect(seen.happened).toBe(happened);
    await expect(observationText(seen)).toMatchFileSnapshot(golden(`again-${name}`));
  });

  it('reads parameters as they are typed, commas and equals signs in their values too', () => {
    const typed = 'run-operation rms log-level --param level=debug --param "note=a=b\\, c"';
    expect(parseInvocation(typed, catalog)).toMatchObject({ input, missing: [], problems: [] });
  });

  it.each(['debug', '=debug', ' =x'])('refuses the parameter %j where it is typed', (given) => {
    const { problems } = parseInvocation(`run-operation rms log-level --param "${given}"`, catalog);
    expect(problems).toMatchObject([{ argument: 'param', message: expect.stringContaining('name=value') }]);
  });
});
