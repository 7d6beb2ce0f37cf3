import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/errors.ts';
import { loadCommands } from '../../src/registry.ts';
import { loadRunbooks } from '../../src/runbook-files/load-runbooks.ts';
import { runbookFolder } from './runbook-folder.ts';

const commands = await loadCommands();

const head = `title: Queue is stuck
summary: Find out why, and drain it
owner: on-call
reviewBy: 2027-03-01
`;
const inputs = 'inputs:\n  target: { ask: Which system?, from: target }\n';
const look = '  - { id: look, title: Look, check: "check-health {{target}}" }\n';
const small = `${head}${inputs}steps:\n${look}`;

const load = (folder: string, roles?: string[]) => loadRunbooks([folder], { commands, roles });

/** What the start is refused with, without the folder's name. */
async function mistakes(files: Record<string, string>, roles?: string[]): Promise<string[]> {
  const folder = await runbookFolder(files);
  const error: unknown = await load(folder, roles).catch((caught) => caught);
  expect(error).toBeInstanceOf(Fault);
  expect(error).toMatchObject({ code: 'bad_runbook_file' });
  const [title, ...lines] = (error as Fault).message.split('\n');
  expect(title).toBe(
    `The runbook files cannot be used (${lines.length === 1 ? '1 problem' : `${lines.length} problems`}):`,
  );
  return lines.map((line) => line.trim().replaceAll(`${folder}/`, ''));
}
const mistakesOf = (text: string, roles?: string[]) => mistakes({ 'queue.yaml': text }, roles);

describe('a runbook file', () => {
  it('is read whole', async () => {
    const text = `# why it exists
title: Queue is stuck
summary: Find out why, and drain it
canonical: https://wiki.example.com/queues
owner: platform
reviewBy: 2027-03-01
alerts:
  - { title: "Queue*", severity: [critical, high], labels: { team: core } }
  - service: [jobs, worker]
inputs:
  target: { ask: Which system?, from: target }
  queue: { ask: Which queue?, default: mail }
  who: { ask: Who noticed?, required: false }
steps:
  - id: look
    title: Look at {{target}}
    check: check-health {{target}}
    text: Green?
  - id: cause
    title: Find the cause
    do: |
      Ask {{who}}.
      Then look.
    evidence: required
    role: platform
    requires: look
  - id: drain
    title: Drain it
    requires: [look, cause]
    run: >-
      run-operation {{target}} drain-queue
      --param queue={{queue}}
  - id: tell
    title: Tell people
    message: drained
    to: "#status"
  - { id: quiet, title: Wait, wait: 2h, until: alerts, every: 10m }
  - { id: soak, title: Soak, wait: 1d }
`;
    const folder = await runbookFolder({
      'queue.yaml': text,
      'templates/drained.md': '\n*{{queue}}* drains\n',
    });
    const { runbooks, templates } = await load(folder, ['platform']);
    expect(templates).toEqual(new Map([['drained', { name: 'drained', text: '*{{queue}}* drains' }]]));
    const base = { text: undefined, role: undefined, requires: [] };
    expect(runbooks.get('queue')).toEqual({
      name: 'queue',
      version: createHash('sha256').update(text).digest('hex').slice(0, 12),
      title: 'Queue is stuck',
      summary: 'Find out why, and drain it',
      canonical: 'https://wiki.example.com/queues',
      owner: 'platform',
      reviewBy: '2027-03-01',
      alerts: [
        { title: ['Queue*'], severity: ['critical', 'high'], labels: { team: ['core'] } },
        { service: ['jobs', 'worker'] },
      ],
      inputs: {
        target: { ask: 'Which system?', isRequired: true, default: undefined, from: 'target' },
        queue: { ask: 'Which queue?', isRequired: false, default: 'mail', from: undefined },
        who: { ask: 'Who noticed?', isRequired: false, default: undefined, from: undefined },
      },
      steps: [
        {
          ...base,
          id: 'look',
          title: 'Look at {{target}}',
          text: 'Green?',
          kind: 'check',
          command: 'check-health {{target}}',
          line: 15,
        },
        {
          id: 'cause',
          title: 'Find the cause',
          kind: 'do',
          text: 'Ask {{who}}.\nThen look.',
          evidence: 'required',
          role: 'platform',
          requires: ['look'],
          line: 19,
        },
        {
          ...base,
          id: 'drain',
          title: 'Drain it',
          kind: 'run',
          requires: ['look', 'cause'],
          command: 'run-operation {{target}} drain-queue --param queue={{queue}}',
          line: 27,
        },
        {
          ...base,
          id: 'tell',
          title: 'Tell people',
          kind: 'message',
          template: 'drained',
          to: '#status',
          line: 33,
        },
        {
          ...base,
          id: 'quiet',
          title: 'Wait',
          kind: 'wait',
          minutes: 120,
          until: { command: 'alerts', everyMinutes: 10 },
          line: 37,
        },
        { ...base, id: 'soak', title: 'Soak', kind: 'wait', minutes: 1_440, until: undefined, line: 38 },
      ],
    });
  });

  it('has another version when one byte is another', async () => {
    const folder = await runbookFolder({ 'a.yaml': small, 'b.yaml': `${small}# more\n` });
    const { runbooks } = await load(folder);
    expect(runbooks.get('a')?.version).toMatch(/^[0-9a-f]{12}$/);
    expect(runbooks.get('a')?.version).not.toBe(runbooks.get('b')?.version);
  });

  it('looks every five minutes, or as often as a shorter wait allows', async () => {
    const wait = (length: string) => `  - { id: w, title: Wait, wait: ${length}, until: alerts }\n`;
    const folder = await runbookFolder({
      'a.yaml': `${head}steps:\n${wait('1h')}`,
      'b.yaml': `${head}steps:\n${wait('2m')}`,
    });
    const { runbooks } = await load(folder);
    expect(runbooks.get('a')?.steps[0]).toMatchObject({ until: { everyMinutes: 5 } });
    expect(runbooks.get('b')?.steps[0]).toMatchObject({ until: { everyMinutes: 2 } });
  });

  it('takes its templates from any of the folders', async () => {
    const message = `${head}steps:\n  - { id: tell, title: Tell, message: hello }\n`;
    const first = await runbookFolder({ 'queue.yaml': message });
    const second = await runbookFolder({ 'templates/hello.md': 'Hello', 'README.md': 'No runbook' });
    const { runbooks } = await loadRunbooks([first, second], { commands });
    expect(runbooks.get('queue')?.steps[0]).toMatchObject({ template: 'hello', to: 'thread' });
  });
});

describe('mistakes in the file', () => {
  it.each<[string, string, string[]]>([
    ['nothing at all', '', ['1: title: is missing', '1: summary: is missing']],
    ['text that is no map', 'hello', ['1: it must be a map of keys: title, summary']],
    ['a key given twice', `${small}title: Again\n`, ['9: a key is given twice. Keep one of them']],
    ['a tab', `${head}steps:\n\t- id: a\n`, ['6: it is indented with a tab. YAML wants spaces']],
    ['a value that needs quotes', small.replace('Queue is stuck', 'Queue: stuck'), ['1: it is not YAML: ']],
    ['a second document', `${small}---\na: 1\n`, ['9: a line of --- begins a second document']],
    [
      'an alias',
      `${small}canonical: &a b\nowner2: *a\n`,
      ['10: *a stands for something elsewhere in the file.'],
    ],
    ['a tag', small.replace('on-call', '!!js/function "x"'), ['3: it is not YAML: Unresolved tag']],
    ['an unknown key', `${small}ownr: me\n`, ['9: ownr: there is no such key; did you mean "owner"?']],
    [
      'an empty value',
      small.replace('on-call', '#ops'),
      ['3: owner: is empty. A # begins a comment in YAML'],
    ],
    ['a number for text', small.replace('Queue is stuck', '5'), ['1: title: must be text: put it in quotes']],
    [
      'a title with an input',
      small.replace('is stuck', '{{target}}'),
      ['1: title: is read before anything was asked'],
    ],
    [
      'no day',
      small.replace('2027-03-01', '2027-02-30'),
      ['4: reviewBy: must be a day that exists, as YYYY-MM-DD'],
    ],
    ['alerts that are all', `${small}alerts: [{}]\n`, ['9: alerts: fits every alert']],
    ['an unknown field of alerts', `${small}alerts: [{ titel: x }]\n`, ['9: titel: there is no such key']],
    [
      'an input that is text',
      small.replace('{ ask: Which system?, from: target }', 'Which?'),
      ['6: target: must be a map with what is asked'],
    ],
    ['an alert that is text', `${small}alerts: [Queue]\n`, ['9: alerts: must be a map of what fits']],
    [
      'an input with a bad name',
      small.replace('  target:', '  Target:'),
      ['6: Target: is not usable as an input'],
    ],
    ['an input without a question', small.replace('ask: Which system?, ', ''), ['6: ask: is missing']],
    [
      'an input from nowhere',
      small.replace('from: target', 'from: weather'),
      ['6: from: must be one of target, tenant'],
    ],
    ['no steps', `${head}steps: []\n`, ['5: steps: is empty: a runbook has at least one step']],
    ['a step that is text', `${head}steps:\n  - check-health\n`, ['6: step 1 must be a map']],
    [
      'a step without a kind',
      `${head}steps:\n  - { id: a, title: A }\n`,
      ['6: step 1 does not say what kind it is.'],
    ],
    [
      'a step of two kinds',
      small.replace('check:', 'do: x, check:'),
      ['8: step 1 is several things at once: do, check.'],
    ],
    ['a step without an id', small.replace('id: look, ', ''), ['8: id: is missing']],
    [
      'a key of another kind',
      small.replace('title: Look', 'title: Look, evidence: required'),
      ['8: evidence: there is no such key'],
    ],
    [
      'a wait that is no time',
      `${head}steps:\n  - { id: a, title: A, wait: soon }\n`,
      ['6: wait: must be a length of time such as 15m'],
    ],
    [
      'a wait without a unit',
      `${head}steps:\n  - { id: a, title: A, wait: 15 }\n`,
      ['6: wait: must be a length of time such as 15m'],
    ],
    [
      'a wait too long',
      `${head}steps:\n  - { id: a, title: A, wait: 31d }\n`,
      ['6: wait: must be a length of time such as 15m, 24h or 2d, at most 30d'],
    ],
    [
      'every without until',
      `${head}steps:\n  - { id: a, title: A, wait: 1h, every: 5m }\n`,
      ['6: every: says how often'],
    ],
    [
      'every as long as the wait',
      `${head}steps:\n  - { id: a, title: A, wait: 5m, every: 5m, until: alerts }\n`,
      ['6: every: must be shorter than the wait'],
    ],
    [
      'a channel that is a comment',
      `${head}steps:\n  - id: a\n    title: A\n    message: x\n    to: #ops\n`,
      ['9: to: is empty.'],
    ],
  ])('%s', async (_, text, expected) => {
    const found = await mistakesOf(text);
    for (const part of expected) expect(found).toContainEqual(expect.stringContaining(`queue.yaml:${part}`));
  });

  it('are told on the line of a text where they stand', async () => {
    const text = `${head}steps:\n  - id: a\n    title: A\n    do: |\n      First.\n      Ask {{who}}.\n`;
    expect(await mistakesOf(text)).toEqual([
      'queue.yaml:10: do: {{who}}, and there is no such input. There are none',
    ]);
  });

  it('are told all at once, of every file', async () => {
    const found = await mistakes(
      {
        'a.yaml': `${head}${inputs}steps:
  - { id: look, title: Look, check: chek-health }
  - id: look
    title: Again
    requires: [fix, look]
    run: check-health
`,
        'b.yaml': 'title: x',
        'c.yml': small,
        'deep/d.yaml': small,
        'Queue_1.yaml': small,
        'templates/loud.md': 'Dear <!here>,\nand @channel\n',
        'templates/empty.md': '\n',
      },
      ['approver'],
    );
    expect(found).toEqual([
      'templates/empty.md:1: it is empty',
      'templates/loud.md:1: <!here> would call people. Name them without it',
      'templates/loud.md:2: @channel would call people. Name them without it',
      'Queue_1.yaml:1: "Queue_1" is not usable as a name: use lower-case letters and digits, joined by dashes, at most 40',
      'a.yaml:6: target: is asked for and never used. Write {{target}} where it is needed, or remove it',
      'a.yaml:8: check: There is no command "chek-health". Did you mean "check-health"?',
      'a.yaml:9: id: "look" is the step of line 8 already',
      'a.yaml:11: requires: names no step "fix". Earlier there is look',
      'a.yaml:11: requires: requires itself, so it could never begin',
      'a.yaml:12: run: "check-health" only reads. Make it a check',
      'b.yaml:1: summary: is missing',
      'b.yaml:1: owner: is missing',
      'b.yaml:1: reviewBy: must be a day that exists, as YYYY-MM-DD',
      'b.yaml:1: steps: must be a list of steps, each beginning with "- id:"',
      'c.yml:1: it would not be read. A runbook is <folder>/<name>.yaml, a message <folder>/templates/<name>.md',
      'deep/d.yaml:1: it would not be read. A runbook is <folder>/<name>.yaml, a message <folder>/templates/<name>.md',
    ]);
  });

  it('in roles show when the settings are known', async () => {
    const text = small.replace('on-call', 'platform');
    expect(await mistakesOf(text, ['responder'])).toEqual([
      'queue.yaml:3: owner: there is no role "platform" in the settings. There is responder, on-call',
    ]);
    expect((await load(await runbookFolder({ 'queue.yaml': text }))).runbooks.size).toBe(1);
  });

  it('are two runbooks of one name', async () => {
    const first = await runbookFolder({ 'queue.yaml': small });
    const second = await runbookFolder({ 'queue.yaml': small });
    await expect(loadRunbooks([first, second], { commands })).rejects.toThrow(
      `${second}/queue.yaml:1: there is a runbook "queue" already, in ${first}/queue.yaml`,
    );
  });

  it('are a folder that is not there', async () => {
    await expect(load('/nowhere/at/all')).rejects.toMatchObject({ code: 'bad_runbook_folder' });
  });
});
