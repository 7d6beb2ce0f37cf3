import type { InputBlock } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { problemsOfView, viewBytes } from '../../../sandbox/slack/block-kit/validate.ts';
import { type Element, initialState } from '../../../sandbox/slack/element-state.ts';
import { z } from '../../../src/command.ts';
import { cleanTyped } from '../../../src/core/parse/clean-text.ts';
import { parseInvocation } from '../../../src/core/parse/parse-invocation.ts';
import {
  type ArgumentsModal,
  type AskedCommand,
  argumentsModal,
  optionSearchActionId,
  parseOptionSearch,
  readArgumentsModal,
} from '../../../src/slack/views/arguments-modal.ts';
import { catalog, shapes } from '../../core/parse/sample-commands.ts';
import fc from '../../support/properties.ts';
import { hostileText } from './hostile-text.ts';

const production = { name: 'pilot', environment: 'production' };
const staging = { name: 'pilot-staging', environment: 'staging' };

function asked(text: string, overrides: Partial<ArgumentsModal> = {}): ArgumentsModal {
  const { command, input, problems } = parseInvocation(text, catalog);
  return {
    command,
    definition: { ...shapes[command]!, summary: `Summary of ${command}`, risk: 'dangerous' },
    input,
    problems,
    targets: [production],
    privateMetadata: '{"channel":"C0OPS"}',
    ...overrides,
  };
}

function inputsOf(modal: ArgumentsModal): InputBlock[] {
  return argumentsModal(modal).blocks.filter((block): block is InputBlock => block.type === 'input');
}

/** `view.state.values` of a modal submitted as it opened, made by the workspace and not by the code under test. */
function untouched(modal: ArgumentsModal): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    inputsOf(modal).map((block) => {
      const element = block.element as unknown as Element & { action_id: string };
      return [String(block.block_id), { [element.action_id]: initialState(element) }];
    }),
  );
}

describe('argumentsModal', () => {
  it.each([
    ['missing', 'suspend-tenant'],
    ['problems', 'schedule 2026-02-30 --copies 99 --tags a,b --nope'],
    ['typed', 'incident declare Checkout is down --severity sev1 --commander <@U0ADA|ada>'],
  ])('asks for what is %s', async (name, text) => {
    const view = argumentsModal(asked(text));
    expect(problemsOfView(view, 'modal')).toEqual([]);
    await expect(`${JSON.stringify(view, null, 2)}\n`).toMatchFileSnapshot(`../../golden/modal-${name}.json`);
  });

  it('asks for the target only where several match', () => {
    const element = (targets: ArgumentsModal['targets']) =>
      inputsOf(asked('verify-audit', { targets })).find((block) => block.block_id === 'argument:target')
        ?.element;
    expect(element([])).toBeUndefined();
    expect(element([production])).toBeUndefined();
    expect(element([production, staging])).toMatchObject({
      type: 'static_select',
      options: [{ value: 'pilot' }, { value: 'pilot-staging' }],
    });
  });

  it('names the only target and its environment at the top', () => {
    expect(JSON.stringify(argumentsModal(asked('verify-audit')).blocks[1])).toContain(
      'On pilot (production).',
    );
  });

  it('searches a reference with an action that says what for', () => {
    const [tenant] = inputsOf(asked('verify-audit acme'));
    expect(tenant?.element).toMatchObject({
      type: 'external_select',
      action_id: 'option_search:verify-audit:tenant',
      min_query_length: 0,
      initial_option: { value: 'acme' },
    });
    expect(parseOptionSearch(optionSearchActionId('incident declare', 'tenant'))).toEqual({
      command: 'incident declare',
      argument: 'tenant',
    });
    expect(parseOptionSearch('value')).toBeUndefined();
  });

  it('says Run for reads and Preview for everything else', () => {
    const submit = (risk: AskedCommand['risk']) =>
      argumentsModal(
        asked('verify-audit', { definition: { ...shapes['verify-audit']!, summary: 's', risk } }),
      ).submit?.text;
    expect([submit('read'), submit('change'), submit('dangerous')]).toEqual(['Run', 'Preview', 'Preview']);
  });

  it('shows problems that belong to no field at the top', () => {
    const text = JSON.stringify(argumentsModal(asked('verify-audit acme --ful')).blocks.slice(0, 3));
    expect(text).toContain('✗ There is no --ful. Did you mean --full?');
  });

  it('takes a typed list of more than 100 options in a text box', () => {
    const options = Array.from({ length: 101 }, (_, index) => `option-${index}`) as [string, ...string[]];
    const definition: AskedCommand = {
      args: z.object({ pick: z.enum(options) }),
      summary: 's',
      risk: 'read',
    };
    expect(inputsOf({ ...asked('verify-audit'), definition })[0]?.element.type).toBe('plain_text_input');
  });

  it('refuses private metadata that Slack would not take', () => {
    expect(() => argumentsModal(asked('verify-audit', { privateMetadata: 'x'.repeat(3001) }))).toThrow(
      expect.objectContaining({ code: 'private_metadata_too_long' }),
    );
  });

  it('stays inside what Slack takes, whatever was typed and whatever a command declares', () => {
    const anyInput = fc.dictionary(
      fc.constantFrom(
        'tenant',
        'reason',
        'notify',
        'title',
        'severity',
        'commander',
        'day',
        'startsAt',
        'copies',
        'ratio',
        'tags',
        'watchers',
        'target',
      ),
      fc.oneof(
        hostileText,
        fc.double(),
        fc.boolean(),
        fc.array(hostileText, { maxLength: 3 }),
        fc.constant(null),
      ),
    );
    const anyProblems = fc.array(
      fc.record({
        argument: fc.option(fc.constantFrom('tenant', 'title', 'nope'), { nil: undefined }),
        message: hostileText,
      }),
      { maxLength: 8 },
    );
    const anyTargets = fc.array(
      fc.record({ name: hostileText.filter((name) => name.trim() !== ''), environment: hostileText }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(shapes)),
        anyInput,
        anyProblems,
        anyTargets,
        hostileText,
        (command, input, problems, targets, summary) => {
          const view = argumentsModal({
            ...asked(command),
            definition: { ...shapes[command]!, summary, risk: 'change' },
            input,
            problems,
            targets,
          });
          expect(problemsOfView(view, 'modal')).toEqual([]);
          expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(viewBytes);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('readArgumentsModal', () => {
  it.each([
    'verify-audit acme --full',
    'suspend-tenant acme --reason "card testing\nin two lines" --no-notify',
    'incident declare Checkout is down --severity sev1 --commander <@U0ADA> --channel <#C0OPS>',
    'schedule 2026-12-01 "a,b" c --starts-at 2026-12-01T09:30Z --copies 3 --ratio 0.25 --watchers U0ADA,U0LIN --expires-minutes 20',
  ])('reads back what was typed in %j', (text) => {
    const modal = asked(text);
    expect(modal.problems).toEqual([]);
    expect(readArgumentsModal(untouched(modal), modal)).toEqual({ input: modal.input, errors: {} });
  });

  it('reads back any text', () => {
    fc.assert(
      fc.property(hostileText, fc.array(hostileText, { maxLength: 4 }), (reason, tags) => {
        const input = {
          tenant: 'acme',
          reason: `at least ten ${cleanTyped(reason.slice(0, 400))}`,
        };
        const modal = { ...asked('suspend-tenant'), input };
        expect(readArgumentsModal(untouched(modal), modal)).toEqual({ input, errors: {} });
        const items = tags
          .map((tag) => cleanTyped(tag).replace(/\n/g, ' ').trim().slice(0, 40).trim().toWellFormed())
          .filter((tag) => tag !== '');
        const list = { ...asked('schedule'), input: { day: '2026-12-01', tags: items } };
        expect(readArgumentsModal(untouched(list), list).input.tags ?? []).toEqual(items);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves out what equals the default', () => {
    const modal = asked('suspend-tenant acme --reason "card testing" --notify');
    expect(readArgumentsModal(untouched(modal), modal).input).toEqual({
      tenant: 'acme',
      reason: 'card testing',
    });
  });

  it('reads an unticked box of an argument that is on by default as off', () => {
    const modal = asked('suspend-tenant acme --reason "card testing"');
    const values = {
      ...untouched(modal),
      'argument:notify': { value: { type: 'checkboxes', selected_options: [] } },
    };
    expect(readArgumentsModal(values, modal).input.notify).toBe(false);
  });

  it('says what is wrong beside each field', () => {
    const modal = asked('suspend-tenant acme');
    const values = {
      ...untouched(modal),
      'argument:reason': { value: { type: 'plain_text_input', value: '  short  ' } },
    };
    expect(readArgumentsModal(values, modal).errors).toEqual({
      'argument:reason': 'Too short: give at least 10 characters.',
    });
  });

  it.each([
    undefined,
    null,
    {},
    [],
    'x',
    { 'argument:tenant': null },
    { 'argument:tenant': { value: 5 } },
    { 'argument:tenant': { a: { selected_option: 'x' } } },
  ])('takes state that is not Slack’s (%j) for empty fields', (values) => {
    expect(readArgumentsModal(values, asked('suspend-tenant')).errors).toMatchObject({
      'argument:tenant': 'This is needed.',
      'argument:reason': 'This is needed.',
    });
  });

  it('refuses an option that was never offered', () => {
    const modal = asked('incident declare Checkout is down');
    const values = {
      ...untouched(modal),
      'argument:severity': { value: { selected_option: { value: 'sev0' } } },
    };
    expect(Object.keys(readArgumentsModal(values, modal).errors)).toEqual(['argument:severity']);
  });

  it('shows a problem that spans arguments beside the last field', () => {
    const args = z
      .object({ from: z.number(), to: z.number() })
      .refine(({ from, to }) => from < to, 'End after the start');
    const modal: ArgumentsModal = {
      ...asked('verify-audit'),
      definition: { args, summary: 's', risk: 'read' },
      input: { from: 5, to: 3 },
    };
    expect(readArgumentsModal(untouched(modal), modal).errors).toEqual({
      'argument:to': 'End after the start.',
    });
  });
});
