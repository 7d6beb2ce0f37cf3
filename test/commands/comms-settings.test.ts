import { describe, expect, it } from 'vitest';
import commsSettings from '../../commands/comms-settings.ts';
import type { AuditLogEntry, JsonObject } from '../../src/command.ts';
import { later, rms, unreachable } from './guarded-world.ts';
import { cardText, reportOf } from './report-of.ts';

const settings: JsonObject = {
  email: {
    provider: 'smtp',
    host: 'smtp.example.com',
    port: 587,
    user: 'mailer',
    password: '••••',
    isDryRun: false,
    replyTo: null,
  },
  sms: { provider: 'twilio', authToken: '••••', senders: ['+491', '+492'] },
  push: { topics: [] },
};
const change = (minutes: number, changed: readonly string[]): AuditLogEntry => ({
  id: String(minutes),
  at: later(-minutes * 60_000),
  actor: 'usr_7',
  action: 'settings.update',
  section: 'communications',
  changed,
});
const changes = [
  change(70, ['email.password']),
  change(600, ['email.host', 'email.port', 'email.user', 'a', 'b', 'c', 'd']),
  change(9_000, []),
];

function targetOf(given: { settings?: JsonObject | Error; changes?: readonly AuditLogEntry[] | Error }) {
  const answer = async <Value>(value: Value | Error): Promise<Value> => {
    if (value instanceof Error) throw value;
    return value;
  };
  const asked: unknown[] = [];
  return {
    ...rms(),
    asked,
    communications: {
      settings: () => answer(given.settings ?? settings),
      auditLog: (_: unknown, filter: unknown) => {
        asked.push(filter);
        return answer(given.changes ?? changes);
      },
    },
  };
}

const place = { target: 'rms', environment: 'production' };

describe('comms-settings', () => {
  it.each<[string, string, Parameters<typeof targetOf>[0]]>([
    ['read', 'info', {}],
    ['unchanged', 'info', { changes: [] }],
    ['no-settings', 'unknown', { settings: {} }],
    ['settings-not-read', 'unknown', { settings: unreachable() }],
    ['changes-not-read', 'unknown', { changes: unreachable() }],
    ['nothing-read', 'unknown', { settings: unreachable(), changes: unreachable() }],
  ])('reads as kept in comms-settings-%s, %s', async (name, status, given) => {
    const report = await reportOf(commsSettings, { tenant: 'acme' }, { target: targetOf(given) });
    expect(report.status).toBe(status);
    expect(report.headline.length).toBeLessThanOrEqual(88);
    expect(report.lines!.length).toBeLessThanOrEqual(4);
    await expect(cardText('comms-settings acme', report, place)).toMatchFileSnapshot(
      `../golden/commands/comms-settings-${name}.txt`,
    );
  });

  it('asks for the changes of section communications', async () => {
    const target = targetOf({});
    await reportOf(commsSettings, { tenant: 'acme' }, { target });
    expect(target.asked).toEqual([{ section: 'communications', limit: 10 }]);
  });

  it('shows no secret, not even one the target forgot to mask', async () => {
    const report = await reportOf(
      commsSettings,
      { tenant: 'acme' },
      {
        target: targetOf({
          settings: {
            email: {
              smtpPassword: 'hunter2',
              apiKey: 'hunter2',
              url: 'smtp://mailer:hunter2@smtp.example.com',
            },
            sms: { authToken: 'hunter2', accountSecret: 'hunter2', dsn: 'hunter2' },
          },
        }),
      },
    );
    const text = cardText('comms-settings acme', report, place);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('smtp://mailer:••••@smtp.example.com');
  });
});
