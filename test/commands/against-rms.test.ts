import { beforeAll, describe, expect, it } from 'vitest';
import activateTenant from '../../commands/activate-tenant.ts';
import checkHealth from '../../commands/check-health.ts';
import commsSettings from '../../commands/comms-settings.ts';
import resendNotifications from '../../commands/resend-notifications.ts';
import rollbackStatus from '../../commands/rollback-status.ts';
import runOperation from '../../commands/run-operation.ts';
import suspendTenant from '../../commands/suspend-tenant.ts';
import type { CommandDefinition, JsonObject, TargetKind } from '../../src/command.ts';
import { testRms } from '../sandbox/targets/rms/rms.ts';
import { token } from '../targets/http/open-client.ts';
import { openRms } from '../targets/http/open-rms.ts';
import { lookAgainOf, planOf, runOf } from './guarded-world.ts';

const blocks = (workerUrl: string) => `
tenants: {}
tenancy: {}
notifications: {}
communications: {}
releases: {}
health: { services: { api: { liveness: /health, readiness: /ready }, worker: { baseUrl: "${workerUrl}", liveness: /healthz, readiness: /readyz } } }
operations:
  tenant-count: { summary: Count tenants, risk: read, method: GET, path: /api/tenants }
`;

const now = () => new Date();

describe('commands against the sample RMS', () => {
  let rms: Awaited<ReturnType<typeof testRms>>;
  beforeAll(async () => {
    rms = await testRms({ token: token.reveal() });
  });

  /** What the runtime would hand the command of the target. */
  function worldOf(definition: unknown) {
    const targets = openRms(rms.rms.url, blocks(rms.rms.workerUrl));
    const kind = (definition as CommandDefinition).needs as TargetKind;
    return { target: targets.client(kind, 'rms', 'c-1') as object, now };
  }

  async function carryOut(definition: unknown, input: JsonObject) {
    const world = worldOf(definition);
    const planned = await planOf(definition, input, world);
    return { planned, world, report: await runOf(definition, planned, world) };
  }

  it('suspends, sees all of it, and activates again', async () => {
    const { report, planned, world } = await carryOut(suspendTenant, {
      tenant: 'acme',
      reason: 'card testing seen',
    });
    expect(report).toMatchObject({
      status: 'ok',
      headline: 'acme is suspended; audit entry and notification seen',
    });
    expect(await lookAgainOf(suspendTenant, planned, world)).toMatchObject({ happened: 'yes' });
    await expect(
      planOf(suspendTenant, { tenant: 'acme', reason: 'card testing seen' }, world),
    ).rejects.toMatchObject({
      code: 'already_suspended',
    });
    const back = await carryOut(activateTenant, { tenant: 'acme' });
    expect(back.report).toMatchObject({ status: 'ok' });
    expect(await lookAgainOf(activateTenant, back.planned, back.world)).toMatchObject({ happened: 'yes' });
  });

  it('resends what is failed', async () => {
    const { report, planned } = await carryOut(resendNotifications, {
      tenant: 'acme',
      since: '2h',
      limit: 12,
    });
    expect(planned.plan.data).toMatchObject({ count: 12 });
    expect(planned.plan.context).toMatchObject({ matching: 240 });
    expect(['ok', 'warning']).toContain(report.status);
    expect(report.headline).toMatch(/of 12 emails resent/);
  });

  it('reads settings, releases and health', async () => {
    expect((await reportOf(commsSettings, { tenant: 'acme' })).status).toBe('info');
    const rollback = await reportOf(rollbackStatus, { target: 'rms' });
    expect(rollback).toMatchObject({
      status: 'ok',
      headline: expect.stringContaining('can go back to 2.14.1'),
    });
    const health = await reportOf(checkHealth, {});
    expect(health).toMatchObject({ status: 'ok', headline: expect.stringContaining('4 probes of rms') });
  });

  it('runs a declared operation', async () => {
    const report = await reportOf(
      runOperation,
      { target: 'rms', operation: 'tenant-count', param: [] },
      true,
    );
    expect(report).toMatchObject({ status: 'info', headline: 'tenant-count: answer of rms' });
  });

  async function reportOf(definition: unknown, input: JsonObject, isPlanned = false) {
    const world = worldOf(definition);
    if (isPlanned) return runOf(definition, await planOf(definition, input, world), world);
    const args = { ...input, ...('tenant' in input ? { tenant: await tenantOf(input) } : {}) };
    return runOf(definition, { plan: { summary: [], data: input }, args }, world);
  }

  async function tenantOf({ tenant }: JsonObject) {
    const { target } = worldOf({ needs: 'tenants' });
    const { tenants } = target as { tenants: { find(typed: unknown): Promise<unknown> } };
    return tenants.find(tenant);
  }
});
