import { describe, expect, it } from 'vitest';
import { answeringServer, json } from './answering-server.ts';
import { token } from './open-client.ts';
import { acme, asked, openRms } from './open-rms.ts';

describe('communications', () => {
  it('shows the settings without a secret in them', async () => {
    const server = await answeringServer(
      json(200, {
        smtp: { host: 'smtp.example.com', port: 587, user: 'mailer', pass: 'hunter2', secure: true },
        sms: { provider: 'twilio', accountSid: 'AC123', authToken: 'abc', from: '+4930123' },
        push: { apiKey: 12345, enabled: null },
        note: `uses ${token.reveal()}`,
        random: 'SG.9x8c7v6b5n4m3a2s1d0f.qwertzuiop',
        url: 'https://bot:pw@hooks.example.com/services/T0/B0/aB3dE5fG7hI9jK1lM3nO5pQ7?sig=1',
        templateId: '8d2f1c30-5a0b-4c7e-9f11-000000000001',
        credentials: { list: [{ login: 'x' }] },
        retries: 3,
      }),
    );
    const { communications } = openRms(server.url, 'communications: {}').client('communications', 'rms');
    expect(await communications.settings(acme)).toEqual({
      smtp: { host: 'smtp.example.com', port: 587, user: 'mailer', pass: '••••', secure: true },
      sms: { provider: 'twilio', accountSid: '••••', authToken: '••••', from: '+4930123' },
      push: { apiKey: '••••', enabled: null },
      note: '••••',
      random: '••••',
      url: 'https://••••@hooks.example.com/••••?••••',
      templateId: '8d2f1c30-5a0b-4c7e-9f11-000000000001',
      credentials: { list: [{ login: '••••' }] },
      retries: 3,
    });
    expect(asked(server.received[0]?.url)).toEqual({
      path: '/api/settings/communications',
      query: { tenantId: 't-1' },
    });
  });

  it('reads the last changes of the section communications', async () => {
    const server = await answeringServer(json(200, { entries: [] }));
    const { communications } = openRms(server.url, 'communications: {}').client('communications', 'rms');
    expect(await communications.auditLog(acme, { limit: 5 })).toEqual([]);
    expect(asked(server.received[0]?.url).query).toEqual({
      entity: 'settings',
      entityId: 't-1',
      section: 'communications',
      limit: '5',
    });
  });
});
