import type { Button, KnownBlock, Overflow } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import { field, z } from '../../../src/command.ts';
import { parseInvocation } from '../../../src/core/parse/parse-invocation.ts';
import type { RunbookInstance } from '../../../src/core/runbooks/instance.ts';
import { maybeRunbookClick } from '../../../src/slack/views/runbook-ids.ts';
import { peopleInRunbook, runbookMessage } from '../../../src/slack/views/runbook-message.ts';
import { done, instanceOf, record, runbookCards, runbookOf, steps } from './sample-runbooks.ts';
import { nameOf } from './sample-views.ts';
import { seenText } from './seen-text.ts';

const previewText =
  '*Email outage* since 17:40\nEmails to acme &amp; co are late. Nothing is lost.\n\nNext update in 30 minutes.';
const commands = new Map([
  ['resend-notifications', { definition: { summary: 'Send failed notifications of a tenant again' } }],
]);
const options = { nameOf, commands, previewText, isIncidentResolved: false };
const drawn = (instance: RunbookInstance, changes = {}) =>
  runbookMessage(instance, { ...options, ...changes });
const card = (name: string) => runbookCards[name]!;
const seen = (name: string) => seenText(drawn(card(name)));

function elementsOf({ blocks }: { blocks: readonly KnownBlock[] }) {
  return blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
}
const buttonsOf = (instance: RunbookInstance) =>
  elementsOf(drawn(instance)).filter((element): element is Button => element.type === 'button');
const labelsOf = (instance: RunbookInstance) => buttonsOf(instance).map(({ text }) => text.text);
const menuOf = (instance: RunbookInstance) =>
  elementsOf(drawn(instance))
    .filter((element): element is Overflow => element.type === 'overflow')
    .flatMap((menu) => menu.options);

/** The step's own text and the buttons are no lines of the card. */
function cardLines(instance: RunbookInstance): number {
  const { blocks } = drawn({
    ...instance,
    runbook: {
      ...instance.runbook,
      steps: instance.runbook.steps.map((step) => ({ ...step, text: undefined })) as never,
    },
  });
  return (
    seenText({ text: '', blocks: blocks.filter(({ type }) => type !== 'actions') })
      .trim()
      .split('\n')
      .filter((line) => !line.trim().startsWith('│')).length - 1
  );
}

describe('runbookMessage', () => {
  it.each(Object.entries(runbookCards))('shows one that is: %s', async (name, instance) => {
    const message = drawn(instance, { isIncidentResolved: name === 'message' });
    expect(problemsOfBlocks(message.blocks)).toEqual([]);
    expect(message.text.length).toBeLessThanOrEqual(90);
    await expect(`${JSON.stringify(message, null, 2)}\n`).toMatchFileSnapshot(
      `../../golden/runbook-${name}.json`,
    );
    await expect(seenText(message)).toMatchFileSnapshot(`../../golden/runbook-${name}.txt`);
  });

  it.each(Object.entries(runbookCards))('has at most twelve short lines: %s', (_name, instance) => {
    expect(cardLines(instance)).toBeGreaterThan(3);
    expect(cardLines(instance)).toBeLessThanOrEqual(12);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['do', ['Done: provider'], ['With evidence…', 'Skip…', 'Assign…', 'Stop…']],
    ['do-with-evidence', ['Attest snapshot…'], ['Skip…', 'Assign…', 'Stop…']],
    ['check', ['Check backend'], ['Skip…', 'Assign…', 'Stop…']],
    ['check-under-way', [], ['Assign…', 'Stop…']],
    ['check-red-and-guarded', ['Check backend again'], ['Skip…', 'Assign…', 'Override…', 'Stop…']],
    ['check-unknown', ['Send to #incidents', 'Check backend again'], ['Skip…', 'Assign…', 'Stop…']],
    ['run-overridden', ['Resend notifications', 'Check backend again'], ['Skip…', 'Assign…', 'Stop…']],
    ['run', ['Resend notifications'], ['Skip…', 'Assign…', 'Stop…']],
    ['run-waits-for-signatures', [], ['Assign…', 'Stop…']],
    ['run-failed', ['Resend notifications'], ['Skip…', 'Assign…', 'Stop…']],
    ['wait', ['Start wait'], ['Skip…', 'Assign…', 'Stop…']],
    ['wait-under-way', [], ['Skip…', 'Assign…', 'Stop…']],
    ['message', ['Send to #incidents'], ['Skip…', 'Assign…', 'Stop…']],
    ['finished', [], []],
    ['finished-not-well', [], []],
    ['stopped', [], []],
    ['twenty-five-steps', ['Check step 18', 'Check step 6 again'], ['Skip…', 'Assign…', 'Stop…']],
  ])('offers on %s: %j and in its menu %j', (name, labels, menu) => {
    expect(labelsOf(card(name))).toEqual(labels);
    expect(menuOf(card(name)).map(({ text }) => text.text)).toEqual(menu);
  });

  it('names every button in under 24 characters, one of them primary', () => {
    for (const instance of Object.values(runbookCards)) {
      const buttons = buttonsOf(instance);
      expect(buttons.every(({ text }) => text.text.length < 24)).toBe(true);
      expect(buttons.filter(({ style }) => style === 'primary')).toHaveLength(Math.min(1, buttons.length));
    }
  });

  it('says a long name in fewer words rather than half of it', () => {
    const long = { a: { ...steps.backend!, title: 'x' } };
    const id = 'everything-behind-the-load-balancer';
    expect(labelsOf(instanceOf({ [id]: long.a }))).toEqual(['Check']);
    expect(labelsOf(instanceOf({ [id]: { ...steps.provider!, title: 'x' } }))).toEqual(['Attest']);
    expect(labelsOf(instanceOf({ [id]: { ...steps.snapshot!, title: 'x' } }))).toEqual(['Attest…']);
    expect(labelsOf(instanceOf({ a: { kind: 'run', command: 'a-command-that-never-ends acme' } }))).toEqual([
      'Run the command',
    ]);
    const to = (channel: string) =>
      labelsOf(instanceOf({ a: { kind: 'message', template: 't', to: channel } }));
    expect(to('thread')).toEqual(['Send to this thread']);
    expect(to('#support')).toEqual(['Send to #support']);
    expect(to('C0SUPPORT')).toEqual(['Send message']);
    expect(to('everybody-who-has-to-know')).toEqual(['Send message']);
  });

  it('carries ids in its buttons, and in its menu what a person would type', () => {
    expect(buttonsOf(card('check-unknown'))).toMatchObject([
      { action_id: 'runbook:next', value: '{"runbook":"b-7k2m9q4x","step":"tell"}' },
      { action_id: 'runbook:again', value: '{"runbook":"b-7k2m9q4x","step":"backend"}' },
    ]);
    expect(buttonsOf(card('check-red-and-guarded'))).toMatchObject([
      { action_id: 'runbook:next', value: '{"runbook":"b-7k2m9q4x","step":"backend"}' },
    ]);
    expect(buttonsOf(card('do-with-evidence'))).toMatchObject([
      { action_id: 'open_modal:attest', value: 'runbook attest b-7k2m9q4x snapshot' },
    ]);
    expect(
      [...menuOf(card('do')), ...menuOf(card('check-red-and-guarded'))].map(({ value }) => value),
    ).toEqual([
      'runbook attest b-7k2m9q4x provider',
      'runbook skip b-7k2m9q4x provider',
      'runbook assign b-7k2m9q4x provider',
      'runbook stop b-7k2m9q4x',
      'runbook skip b-7k2m9q4x resend',
      'runbook assign b-7k2m9q4x resend',
      'runbook override b-7k2m9q4x resend',
      'runbook stop b-7k2m9q4x',
    ]);
    for (const { value } of menuOf(card('check-red-and-guarded'))) {
      const args = z.object({ instance: z.string(), step: field(z.string().optional(), {}) });
      const name = value!.split(' ').slice(0, 2).join(' ');
      const catalog = new Map([[name, { definition: { args, positionals: ['instance', 'step'] } }]]);
      expect(parseInvocation(value!, catalog)).toMatchObject({
        input: { instance: 'b-7k2m9q4x' },
        problems: [],
      });
    }
  });

  it('leaves out of the menu what has no room there, rather than half of it', () => {
    const id = `a${'-long'.repeat(12)}`;
    const menu = menuOf(instanceOf({ [id]: steps.backend! }));
    expect(menu.map(({ text }) => text.text)).toEqual(['Stop…']);
  });

  it('re-does first what stands in the way of what is in the way', () => {
    const { backend, resend, tell } = steps as Required<typeof steps>;
    const chain = { backend: backend!, resend: resend!, tell: { ...tell!, requires: ['resend'] } };
    const instance = instanceOf(chain, {
      backend: done('red', 1, { finding: ['down'] }),
      resend: done('skipped', 2, { note: 'later' }),
    });
    expect(labelsOf(instance)).toEqual(['Check backend again']);
    const isGreen = instanceOf(chain, { backend: done('green', 1), resend: done('skipped', 2) });
    expect(labelsOf(isGreen)).toEqual(['Resend notifications']);
    expect(seenText(drawn(isGreen))).toContain('Needs: Send the failed emails again (↷ skipped)');
  });

  it('counts what it folds, and what did not come out well apart', () => {
    expect(seen('twenty-five-steps')).toContain('✓ 13 earlier steps · ✗ 1 red · ↷ 1 skipped');
    expect(seen('message')).toContain('✓ 2 earlier steps\n');
  });

  it('shows the current step in full and the next two by title', () => {
    const text = seen('check');
    expect(text).toContain('▸ See that the backend answers');
    expect(text).toContain('check-health --target "rms"');
    expect(text).toContain('It has to answer before anything is sent again.');
    expect(text).toContain(
      'Next: Send the failed emails again · then Wait until the queue is empty · 1 more',
    );
  });

  it('says what a command does where the step does not', () => {
    expect(seen('run')).toContain('· Send failed notifications of a tenant again');
    expect(seenText(drawn(card('run'), { commands: undefined }))).not.toContain('Send failed notifications');
  });

  it('previews a message as it will be read, and only that of the current step', () => {
    expect(seen('message')).toContain('│ Emails to acme & co are late. Nothing is lost.');
    expect(seen('check')).not.toContain('│');
  });

  it('links what the author wrote, never what was filled in', () => {
    const text = 'See https://docs.example.com/{{page}} and https://docs.example.com/a(b), then {{page}}.';
    const instance = instanceOf(
      { a: { kind: 'do', evidence: 'optional', text } },
      {},
      { inputs: { page: 'https://evil.example/' } },
    );
    const urls = [...JSON.stringify(drawn(instance)).matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url);
    expect(urls).toEqual(['https://docs.example.com/runbooks/email-outage', 'https://docs.example.com/a(b']);
  });

  it('says on a resolved incident that it is, and works on', () => {
    const message = drawn(card('check'), { isIncidentResolved: true });
    expect(seenText(message)).toContain('The incident is resolved');
    expect(elementsOf(message)).toEqual(elementsOf(drawn(card('check'))));
    expect(seen('check')).not.toContain('resolved');
  });

  it('calls nobody, whoever a finding names', () => {
    const instance = instanceOf(
      { a: { kind: 'check', command: 'check-health' } },
      { a: { state: 'under_way', finding: [[{ user: 'U0ADA' }, ' and ', { usergroup: 'S0ONCALL' }]] } },
    );
    const message = drawn(instance);
    expect(JSON.stringify(message)).not.toMatch(/"type":"(?:user|usergroup|broadcast)"/);
    expect(seenText(message)).toContain('ada and @S0ONCALL');
  });

  it('stays far below what Slack takes for thirty steps of long texts', () => {
    const long = 'a long explanation of what to look at. '.repeat(100);
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `step-${index}`,
        { kind: 'do', evidence: 'optional', title: long, text: `${long}\n`.repeat(40) } as const,
      ]),
    );
    const standing = Object.fromEntries(
      Array.from({ length: 29 }, (_, index) => [
        `step-${index}`,
        done('red', index, { finding: [long, long], note: long }),
      ]),
    );
    const message = drawn(instanceOf(many, standing));
    expect(problemsOfBlocks(message.blocks)).toEqual([]);
    expect(message.blocks.length).toBeLessThan(8);
    expect(seenText(message)).toContain('32 more lines: /ops runbook show b-7k2m9q4x');
    expect(JSON.stringify(message).length).toBeLessThan(8_000);
  });

  it('says where it has no owner, and what it follows where that is no address', () => {
    const instance = instanceOf(
      { provider: steps.provider! },
      {},
      {
        owners: [],
        inputs: {},
        runbook: runbookOf({ provider: steps.provider! }, { canonical: 'docs/EMAIL.md' }),
      },
    );
    expect(seenText(drawn(instance, { receipt: '#12 · 9f3ab2' }))).toContain('no owner on call');
    expect(seenText(drawn(instance, { receipt: '#12 · 9f3ab2' }))).toContain(
      'b-7k2m9q4x · email-outage 3f2a91bc04de · i-7k2m9q4x · follows docs/EMAIL.md · #12 · 9f3ab2',
    );
  });

  it('has nothing in its notification that a client would make a link or a mention of', () => {
    const title = '@channel see https://evil.example/x <!here>';
    const { text } = drawn(instanceOf({ a: { kind: 'do', evidence: 'optional', title } }));
    expect(text).toBe('Step 1 of 1: ＠channel see https:/evil․example/x &lt;!here&gt; (Email outage)');
  });
});

describe('a click on it', () => {
  it.each([
    ['runbook:next', '{"runbook":"b-1","step":"backend"}', { instanceId: 'b-1', stepId: 'backend' }],
    ['runbook:again', '{"runbook":"b-1","step":"a.b"}', { instanceId: 'b-1', stepId: 'a.b' }],
  ])('%s %s is read', (actionId, value, click) => {
    expect(maybeRunbookClick(actionId, value)).toEqual(click);
  });

  it.each([
    ['runbook:next', undefined],
    ['runbook:next', 'not json'],
    ['runbook:next', 'null'],
    ['runbook:next', '{"runbook":"b-1"}'],
    ['runbook:next', '{"runbook":"r-1","step":"backend"}'],
    ['runbook:next', '{"runbook":"b-1","step":"back end"}'],
    ['runbook:next', '{"runbook":"b-1","step":""}'],
    ['runbook:next', '{"runbook":"b-1","step":5}'],
    ['runbook:next', '{"runbook":"b-1","step":"backend","more":1}'],
    ['runbook:next', `{"runbook":"b-1","step":"${'a'.repeat(400)}"}`],
    ['runbook:more', '{"runbook":"b-1","step":"backend"}'],
    ['runbook:nextt', '{"runbook":"b-1","step":"backend"}'],
  ])('%s with %s is not ours', (actionId, value) => {
    expect(maybeRunbookClick(actionId, value)).toBeUndefined();
  });
});

describe('peopleInRunbook', () => {
  it('is everyone the card names, each once', () => {
    const instance = instanceOf(
      { a: steps.backend!, b: steps.provider! },
      {
        a: done('red', 1, { by: 'U0GRACE', finding: [[{ person: 'U0SAM' }, { user: 'U0PAT' }]] }),
        b: record('b', { assignee: 'U0KIM', overriddenBy: 'U0ADA' }),
      },
      { endedBy: 'U0LIN' },
    );
    expect(peopleInRunbook(instance).sort()).toEqual([
      'U0ADA',
      'U0GRACE',
      'U0KIM',
      'U0LIN',
      'U0PAT',
      'U0SAM',
    ]);
  });
});
