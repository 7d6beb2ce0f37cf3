import { describe, expect, it } from 'vitest';
import override from '../../commands/runbook/override.ts';
import { signedDifference } from '../../src/core/change/signed-difference.ts';
import { lookAgainOf, observationText, planOf, planText, runOf } from './guarded-world.ts';
import { cardText } from './report-of.ts';
import { done, instance, instanceId, record, runbook, runbookWorld } from './runbook-world.ts';

const golden = (name: string) => `../golden/commands/runbook-override-${name}.txt`;
const reason = 'the check asks the old address, I looked by hand';
const input = { instance: instanceId, step: 'restart', reason };
const red = done('backend', { outcome: 'red', finding: ['rms is down: database refused', 'worker up'] });
const skipped = done('redis', { outcome: 'skipped', note: 'there is none' });
const guarded = (...steps: ReturnType<typeof record>[]) => {
  const others = instance().steps.filter(({ id }) => !steps.some((step) => step.id === id));
  const order = instance().steps.map(({ id }) => id);
  return instance({
    steps: [...steps, ...others].toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id)),
  });
};
const worldOf = (...steps: ReturnType<typeof record>[]) => ({
  countersign: runbookWorld({ instances: [guarded(...steps)] }),
});

describe('runbook override', () => {
  it.each([
    ['red', [red, skipped]],
    ['not-done', []],
    ['one', [red, done('redis', { outcome: 'attested' })]],
  ] as const)('plans as kept in runbook-override-%s', async (name, steps) => {
    const planned = await planOf(override, input, worldOf(...steps));
    expect(planned.plan.action!.length).toBeLessThan(24);
    expect(planned.plan.summary.length).toBeLessThanOrEqual(6);
    await expect(planText(planned)).toMatchFileSnapshot(golden(name));
  });

  it('signs the instance, the step and what is not met, and makes one effect of Countersign’s own', async () => {
    const { plan } = await planOf(override, input, worldOf(red, skipped));
    expect(plan.data).toEqual({ instance: instanceId, step: 'restart', requires: ['backend', 'redis'] });
    expect(plan.effects).toMatchObject([{ step: 'override', call: { requires: ['backend', 'redis'] } }]);
  });

  it('overrides once, with the reason', async () => {
    const world = worldOf(red, skipped);
    const planned = await planOf(override, input, world);
    const report = await runOf(override, planned, world);
    expect(world.countersign.calls).toEqual([['override', instanceId, 'restart', reason]]);
    await expect(cardText('runbook override', report)).toMatchFileSnapshot(golden('done'));
  });

  it('holds when less is unmet than was signed, and is another when more is', async () => {
    const stored = async (...steps: ReturnType<typeof record>[]) => {
      const { plan } = await planOf(override, input, worldOf(...steps));
      return { data: plan.data, effects: plan.effects ?? [] };
    };
    const one = await stored(red, done('redis', { outcome: 'attested' }));
    const both = await stored(red, skipped);
    expect(signedDifference(both, one).kind).toBe('shrunk');
    expect(signedDifference(one, both).kind).toBe('different');
  });

  it.each([
    ['a step that has no guard', 'nothing_to_override', { step: 'logs' }, []],
    [
      'a guard that is met',
      'nothing_to_override',
      {},
      [done('backend', { outcome: 'green' }), done('redis', { outcome: 'attested' })],
    ],
    [
      'a guard that is overridden already',
      'nothing_to_override',
      {},
      [record('restart', { overriddenBy: 'U0LINUS' })],
    ],
    ['a step that is done', 'step_done', { step: 'redis' }, [skipped]],
    ['a step there is not', 'unknown_step', { step: 'reboot' }, []],
    ['a runbook that was never started', 'unknown_runbook', { instance: 'b-0' }, []],
  ] as const)('refuses %s', async (_, code, changes, steps) => {
    await expect(planOf(override, { ...input, ...changes }, worldOf(...steps))).rejects.toMatchObject({
      code,
    });
  });

  it('refuses where the runbook has ended', async () => {
    const instances = [instance({ state: 'stopped' })];
    const planning = planOf(override, input, { countersign: runbookWorld({ instances }) });
    await expect(planning).rejects.toMatchObject({ code: 'runbook_ended' });
    await expect(planning).rejects.toThrow(`/ops runbook ${runbook().name}`);
  });

  it('looks again at the step itself', async () => {
    const world = worldOf(red, skipped);
    const planned = await planOf(override, input, world);
    expect((await lookAgainOf(override, planned, world)).happened).toBe('unclear');
    await runOf(override, planned, world);
    const seen = await lookAgainOf(override, planned, world);
    expect(observationText(seen)).toBe(`yes\n  "restart" of ${instanceId} was overridden by U0ADA\n`);
  });
});
