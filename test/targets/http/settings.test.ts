import { describe, expect, it } from 'vitest';
import { ConfigurationProblem } from '../../../src/config/configuration-problem.ts';
import { secretsOfSettings } from '../../../src/config/settings.ts';
import { settingsOf } from './open-rms.ts';

function problemsOf(...lines: string[]): string[] {
  try {
    settingsOf(lines);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationProblem);
    return (error as ConfigurationProblem).problems.map(
      ({ place, message }) => `${place.replace(/^.*? /, '')}: ${message}`,
    );
  }
  return [];
}

const http = 'http: { baseUrl: "https://rms.example.com" }';

describe('the settings of an HTTP target', () => {
  it('have defaults', () => {
    const { rms } = settingsOf([http, 'tenancy: {}', 'health: {}']).targets;
    expect(rms?.http).toEqual({
      baseUrl: 'https://rms.example.com',
      timeoutSeconds: 10,
      retries: 2,
      concurrency: 8,
      maxResponseBytes: 1_000_000,
      circuit: { failures: 5, openSeconds: 15 },
      honoursIdempotencyKey: false,
    });
    expect(rms?.tenancy?.endpoints.suspend).toEqual({ method: 'PATCH', path: '/api/tenants/:id/suspend' });
    expect(rms?.health?.services).toEqual({ api: { liveness: '/health', readiness: '/ready' } });
  });

  it('hold secrets by name, all of which the redactor learns', () => {
    const settings = settingsOf([
      'http: { baseUrl: "https://rms.example.com", auth: { bearer: env:RMS_TOKEN } }',
      'operations: { rotate: { method: PUT, path: /x, body: { smtp: [{ pass: env:SMTP_PASS }] }, risk: change } }',
    ]);
    expect(secretsOfSettings(settings).map(({ name }) => name)).toEqual(['RMS_TOKEN', 'SMTP_PASS']);
    expect(JSON.stringify(settings)).not.toContain('s3cret');
  });

  it('take the base URL by name too, which is no secret then', () => {
    const settings = settingsOf(['http: { baseUrl: env:RMS_URL }', 'health: {}']);
    expect(settings.targets.rms?.http?.baseUrl).toBe('https://rms.example.com');
    expect(secretsOfSettings(settings)).toEqual([]);
  });

  it.each([
    ['no http', ['tenancy: {}'], 'tenancy: needs "http" beside it'],
    [
      'a literal token',
      ['http: { baseUrl: "https://x.example", auth: { bearer: abc } }'],
      'bearer: must not stand in this file as text',
    ],
    [
      'two ways to log in',
      [
        'http: { baseUrl: "https://x.example", auth: { bearer: env:RMS_TOKEN, basic: { username: a, password: env:RMS_TOKEN } } }',
      ],
      'auth: must be exactly one of',
    ],
    [
      'no way to log in',
      ['http: { baseUrl: "https://x.example", auth: {} }'],
      'auth: must be exactly one of',
    ],
    [
      'a reserved header',
      ['http: { baseUrl: "https://x.example", auth: { header: { name: Host, value: env:RMS_TOKEN } } }'],
      'name: is a header the client sets itself',
    ],
    [
      'another scheme',
      ['http: { baseUrl: "file:///etc/passwd" }'],
      'baseUrl: must begin with https:// or http://',
    ],
    ['a login in the URL', ['http: { baseUrl: "https://a:b@x.example" }'], 'baseUrl: must not hold a login'],
    ['a query in the URL', ['http: { baseUrl: "https://x.example?a=b" }'], 'baseUrl: must not have a "?"'],
    ['no base URL', ['http: {}'], 'baseUrl: is missing'],
    [
      'an unknown key',
      ['http: { baseUrl: "https://x.example", timeout: 3 }'],
      'did you mean "timeoutSeconds"?',
    ],
    [
      'a misspelt change',
      ['http: { baseUrl: "https://x.example", honoursIdempotencyKey: [suspnd] }', 'tenancy: {}'],
      'honoursIdempotencyKey[0]: names "suspnd", which is no change of this target; did you mean "suspend"?',
    ],
    [
      'an endpoint without its id',
      [http, 'tenancy: { endpoints: { suspend: "PATCH /suspend" } }'],
      'must say where ":id" goes',
    ],
    [
      'an endpoint with another name',
      [http, 'tenancy: { endpoints: { suspend: "PATCH /:id/:reason" } }'],
      'names ":reason"',
    ],
    ['a read that changes', [http, 'tenancy: { endpoints: { state: "POST /:id" } }'], 'must be GET'],
    ['a change that reads', [http, 'tenancy: { endpoints: { suspend: "GET /:id" } }'], 'cannot be GET'],
    [
      'an endpoint on another host',
      [http, 'tenancy: { endpoints: { suspend: "PATCH //evil.example/:id" } }'],
      'one "/"',
    ],
    [
      'an endpoint that climbs',
      [http, 'tenancy: { endpoints: { suspend: "PATCH /api/../:id" } }'],
      'must not hold "." or ".."',
    ],
    [
      'an unknown endpoint',
      [http, 'tenancy: { endpoints: { suspnd: "PATCH /:id" } }'],
      'did you mean "suspend"?',
    ],
    ['a service without paths', [http, 'health: { services: { api: {} } }'], 'must name the path'],
    [
      'a read by POST',
      [http, 'operations: { a: { method: POST, path: /x, risk: read } }'],
      'risk: cannot be read with the method POST',
    ],
    [
      'a body with GET',
      [http, 'operations: { a: { method: GET, path: /x, body: {}, risk: read } }'],
      'body: is never sent with GET',
    ],
    [
      'a parameter used nowhere',
      [http, 'operations: { a: { method: GET, path: /x, parameters: { q: {} }, risk: read } }'],
      'parameters.q: is used nowhere',
    ],
    [
      'an optional part of a path',
      [
        http,
        'operations: { a: { method: GET, path: "/x/{{q}}", parameters: { q: { required: false } }, risk: read } }',
      ],
      'Give it a default',
    ],
    [
      'a default of another type',
      [
        http,
        'operations: { a: { method: GET, path: "/x?q={{q}}", parameters: { q: { type: integer, default: x } }, risk: read } }',
      ],
      'is not of the type integer',
    ],
    [
      'an unusable pattern',
      [
        http,
        'operations: { a: { method: GET, path: "/x?q={{q}}", parameters: { q: { pattern: "(" } }, risk: read } }',
      ],
      'is not a regular expression',
    ],
    ['no risk', [http, 'operations: { a: { method: GET, path: /x } }'], 'risk: is'],
    [
      'half a placeholder',
      [http, 'operations: { a: { method: GET, path: "/x/{{q}", risk: read } }'],
      'not part of a {{name}}',
    ],
    [
      'an observation of nothing',
      [
        http,
        'operations: { a: { method: POST, path: /x, risk: change, observe: { path: /y, expect: {} } } }',
      ],
      'expects nothing',
    ],
  ])('refuse %s', (_, lines, message) => {
    const problems = problemsOf(...lines);
    expect(problems.join('\n')).toContain(message);
    expect(problems).toHaveLength(1);
  });
});
