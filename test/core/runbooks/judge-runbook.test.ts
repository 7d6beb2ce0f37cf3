import { describe, expect, it } from 'vitest';
import { field, type Risk, z } from '../../../src/command.ts';
import { judgeRunbook } from '../../../src/core/runbooks/judge-runbook.ts';
import type { Runbook, RunbookInput, RunbookStep } from '../../../src/core/runbooks/runbook.ts';

const text = z.string().optional();
const shape = (risk: Risk, args: z.ZodObject, positionals: string[] = []) => ({ args, positionals, risk });
const operation = z.object({ target: z.string(), param: z.array(z.string().regex(/=/)).default([]) });
const commands = new Map<string, { definition: ReturnType<typeof shape> & { riskOf?: unknown } }>([
  [
    'look',
    { definition: shape('read', z.object({ at: z.string(), since: z.iso.date().optional() }), ['at']) },
  ],
  ['find', { definition: shape('read', z.object({ about: field(text, { rest: true }) }), ['about']) }],
  ['mend', { definition: shape('change', z.object({ what: z.string(), why: text }), ['what']) }],
  ['operate', { definition: { ...shape('dangerous', operation, ['target']), riskOf: () => 'read' } }],
  ['page', { definition: shape('read', z.object({ reason: field(text, { rest: true }) }), ['reason']) }],
  ['silences', { definition: shape('read', z.object({ end: z.number().optional() })) }],
]);
const templates = new Map([['notice', { name: 'notice', text: '{{target}} is down' }]]);

const base = { title: 'A step', text: undefined, role: undefined, requires: [] as string[] };
let lines = 0;
const step = (id: string, changes: object = {}): RunbookStep =>
  ({
    ...base,
    id,
    line: ++lines,
    kind: 'do',
    evidence: 'optional',
    text: 'Do it',
    ...changes,
  }) as RunbookStep;
const check = (command: string) => step('check', { kind: 'check', command });
const run = (command: string) => step('run', { kind: 'run', command });
const input = (changes: Partial<RunbookInput> = {}): RunbookInput => ({
  ask: 'Which?',
  isRequired: true,
  default: undefined,
  from: undefined,
  ...changes,
});

function judged(
  steps: readonly RunbookStep[],
  inputs: Record<string, RunbookInput> = {},
  more: { roles?: string[]; owner?: string; examples?: Record<string, string> } = {},
) {
  const runbook: Runbook = {
    name: 'x',
    version: '0',
    title: 'X',
    summary: 'X',
    canonical: undefined,
    owner: more.owner ?? 'on-call',
    reviewBy: '2027-01-01',
    alerts: [],
    inputs,
    steps: steps as Runbook['steps'],
  };
  const found = judgeRunbook(runbook, { commands, templates, roles: more.roles }, more.examples);
  return found.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('commands of a runbook', () => {
  it('are taken when the real parser takes them', () => {
    const inputs = { target: input(), why: input() };
    const steps = [
      step('a', { kind: 'check', command: 'look {{target}} --since 2026-01-02' }),
      step('b', { kind: 'run', command: 'mend {{target}} --why "because {{why}}"' }),
      step('c', { kind: 'check', command: 'operate {{target}} --param why={{why}}' }),
      step('d', { kind: 'run', command: 'operate rms --param "a=b c"' }),
      step('e', { kind: 'wait', minutes: 9, until: { command: 'look x', everyMinutes: 1 } }),
    ];
    expect(judged(steps, inputs)).toEqual([]);
  });

  it.each([
    ['lok x', 'There is no command "lok". Did you mean "look"?'],
    ['look', '"look" needs "at", which is not given'],
    ['look x --sinc', 'There is no --sinc. Did you mean --since?'],
    ['look x y', '"y" is one word too many.'],
    ['look x --since 2026-02-30', 'is not a day'],
    ['look "x', 'Write straight double quotes'],
    ["look 'x y'", 'Write straight double quotes'],
    ['operate rms --param text="two words"', 'Write straight double quotes'],
    ['mend x', '"mend" does something, so it cannot be looked at again and again. Make it a run'],
    ['page somebody', '"page" does something'],
    ['silences --end 3', '"silences" does something'],
  ])('says of the check %j: %s', (command, message) => {
    const found = judged([check(command)]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`steps.0.check: `);
    expect(found[0]).toContain(message);
  });

  it.each([
    ['look x', '"look" only reads. Make it a check'],
    ['silences', '"silences" only reads. Make it a check'],
    ['mend x --plan', '"mend" with --plan does nothing'],
  ])('says of the run %j: %s', (command, message) => {
    expect(judged([run(command)])).toEqual([expect.stringContaining(`steps.0.run: ${message}`)]);
  });

  it('may page and end a silence as a run, though neither needs a signature', () => {
    expect(judged([run('page somebody')])).toEqual([]);
    expect(judged([run('silences --end 3')])).toEqual([]);
  });

  it('of a wait may only read', () => {
    const wait = step('w', { kind: 'wait', minutes: 9, until: { command: 'mend x', everyMinutes: 1 } });
    expect(judged([wait])).toEqual([expect.stringMatching(/^steps\.0\.until: "mend" does something/)]);
  });

  it('are tried with an example where any text does not fit', () => {
    const steps = [check('look x --since {{day}}')];
    const [problem] = judged(steps, { day: input() });
    expect(problem).toContain(
      '(Tried with day=sample-of-day: where that is no fitting value, give the input an example.)',
    );
    expect(judged(steps, { day: input() }, { examples: { day: '2026-01-02' } })).toEqual([]);
    expect(judged(steps, { day: input({ default: '2026-01-02' }) })).toEqual([]);
  });

  it('take an input among other words of one argument only in quotes round all of them', () => {
    const inputs = { tenant: input() };
    expect(judged([check('find {{tenant}} mend')], inputs)).toEqual([
      'steps.0.check: {{tenant}} stands among other words of one argument. Put double quotes round all of them',
    ]);
    expect(judged([check('find "{{tenant}} mend"')], inputs)).toEqual([]);
    expect(judged([check('find {{tenant}}')], inputs)).toEqual([]);
  });

  it('cannot do without a value that need not be given', () => {
    const optional = { who: input({ isRequired: false }) };
    expect(judged([check('look {{who}}')], optional)).toEqual([
      expect.stringContaining('{{who}}, which need not be given: a command needs it, or a default'),
    ]);
    expect(judged([step('a', { text: 'Ask {{who}}' })], optional)).toEqual([]);
  });
});

describe('inputs', () => {
  it('are looked for in titles, texts, commands and templates', () => {
    const steps = [
      step('a', { title: 'Ask {{titel}}', text: 'And {{tagret}}' }),
      step('b', { kind: 'message', template: 'notice', to: 'thread', text: undefined }),
      check('look {{at}}'),
    ];
    expect(judged(steps, { title: input({ isRequired: false }) })).toEqual([
      'steps.0.title: {{titel}}, and there is no such input. Did you mean "title"?',
      'steps.0.do: {{tagret}}, and there is no such input. There is title',
      'steps.1.message: the template "notice" holds {{target}}, and there is no such input. There is title',
      'steps.2.check: {{at}}, and there is no such input. There is title',
      'inputs.title: is asked for and never used. Write {{title}} where it is needed, or remove it',
    ]);
  });

  it('count as used by a template alone', () => {
    const message = step('b', { kind: 'message', template: 'notice', to: 'thread', text: undefined });
    expect(judged([message], { target: input() })).toEqual([]);
  });

  it('are written in two braces, without spaces', () => {
    const inputs = { target: input() };
    const found = (written: string) => judged([step('a', { text: `{{target}} ${written}` })], inputs);
    expect(found('{target}')).toEqual(['steps.0.do: {target}: an input is written {{target}}']);
    expect(found('{{ target }}')[0]).toContain('there is no such input. Did you mean "target"?');
    expect(found('{{target')).toEqual(['steps.0.do: half a placeholder']);
    expect(found('{"a": {b}}')).toEqual(['steps.0.do: half a placeholder']);
    expect(found('{other}')).toEqual([]);
  });
});

describe('guards', () => {
  const guarded = (...requires: [string, string[]][]) =>
    judged(
      requires.map(([id, required]) => step(id, { requires: required, line: 10 + id.charCodeAt(0) - 97 })),
    );

  it('are earlier steps', () => {
    expect(guarded(['a', []], ['b', ['a']], ['c', ['a', 'b']])).toEqual([]);
  });

  it('cannot be the step itself, nothing, the same twice, or a later one', () => {
    expect(guarded(['a', ['a']])).toEqual(['steps.0.requires.0: requires itself, so it could never begin']);
    expect(guarded(['a', []], ['b', ['x']])).toEqual([
      'steps.1.requires.0: names no step "x". Earlier there is a',
    ]);
    expect(guarded(['a', []], ['b', ['a', 'a']])).toEqual(['steps.1.requires.1: names "a" twice']);
    expect(guarded(['a', ['b']], ['b', []])).toEqual([
      'steps.0.requires.0: names "b", which comes later (line 11). Move it up',
    ]);
  });

  it('cannot go in a circle, and the circle is shown', () => {
    expect(guarded(['a', ['c']], ['b', ['a']], ['c', ['b']])).toEqual([
      'steps.0.requires.0: goes in a circle, so none of it could ever begin: a → c → b → a',
      'steps.1.requires.0: goes in a circle, so none of it could ever begin: b → a → c → b',
      'steps.2.requires.0: goes in a circle, so none of it could ever begin: c → b → a → c',
    ]);
  });

  it('cannot be a step that can never begin, however far behind that lies', () => {
    expect(guarded(['a', ['z']], ['b', ['a']], ['c', ['b']])).toEqual([
      'steps.0.requires.0: names no step "z". Earlier there is none',
      'steps.1.requires.0: names "a" (line 10), which can never begin itself, so this could not either',
      'steps.2.requires.0: names "b" (line 11), which can never begin itself, so this could not either',
    ]);
  });

  it('name each id once', () => {
    expect(judged([step('a', { line: 4 }), step('a')])).toEqual([
      'steps.1.id: "a" is the step of line 4 already',
    ]);
  });
});

describe('names', () => {
  it('of templates are those there are', () => {
    const message = step('b', { kind: 'message', template: 'notise', to: 'thread', text: undefined });
    expect(judged([message])).toEqual([
      'steps.0.message: there is no templates/notise.md. Did you mean "notice"?',
    ]);
  });

  it('of roles are held against the settings, when those are known', () => {
    const steps = [step('a', { role: 'aprover' })];
    expect(judged(steps, {}, { owner: 'nobody', roles: ['approver'] })).toEqual([
      'owner: there is no role "nobody" in the settings. There is approver, on-call',
      'steps.0.role: there is no role "aprover" in the settings. Did you mean "approver"?',
    ]);
    expect(judged(steps, {}, { owner: 'nobody' })).toEqual([]);
    // Whoever is on call changes from day to day: a step's role is one that holds.
    expect(judged([step('a', { role: 'on-call' })], {}, { roles: ['approver'] })).toHaveLength(1);
  });
});
