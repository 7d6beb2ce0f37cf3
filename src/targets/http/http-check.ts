import { isIP } from 'node:net';
import type { TargetCheck } from '../audit-check.ts';
import { clockSkew } from './clock-skew.ts';
import type { HttpShared } from './http-target.ts';
import { probe } from './probe.ts';
import { targetSentence } from './target-sentence.ts';

/** More than this between the two clocks makes "n minutes ago" wrong on a card. */
const largestSkewMilliseconds = 5_000;

/** What every command needs of a target's HTTP interface. Never throws: each failure is a line. */
export async function checkHttpTarget(options: {
  readonly shared: HttpShared;
  /** A cheap read that needs the credential; undefined when the target declares none. */
  readonly authenticatedPath: string | undefined;
}): Promise<TargetCheck[]> {
  const { shared, authenticatedPath } = options;
  const { name } = shared.target;
  const { origin } = shared.connections;
  const path = authenticatedPath ?? '/';
  const asked = shared.now();
  const probed = await probe(shared, {}, { path });
  if ('why' in probed) {
    return [
      {
        name: 'http',
        status: 'failed',
        detail: `${origin} gave ${probed.why}`,
        fix: `set targets.${name}.http.baseUrl to an address this host can reach, and see that the system runs`,
      },
    ];
  }
  const { answer } = probed;
  const skew = clockSkew(answer.headers, asked, new Date(asked.getTime() + answer.latencyMilliseconds)) ?? 0;
  const isSkewed = Math.abs(skew) > largestSkewMilliseconds;
  const reached: TargetCheck = {
    name: 'http',
    status: isSkewed ? 'warning' : 'ok',
    detail: isSkewed
      ? `${origin} answers; its clock differs by ${Math.round(skew / 1000)} s`
      : `${origin} answers in ${Math.round(answer.latencyMilliseconds)} ms`,
    fix: isSkewed ? 'synchronise the clocks of both hosts (NTP)' : undefined,
  };
  return [
    reached,
    ...credentialChecks(shared, answer.status, authenticatedPath, () =>
      targetSentence(answer, shared.redact),
    ),
    ...encryptionChecks(shared),
  ];
}

function credentialChecks(
  { http, target, prefix }: HttpShared,
  status: number,
  path: string | undefined,
  sentence: () => string,
): TargetCheck[] {
  const check = 'credential';
  if (status === 401 || status === 403) {
    return [
      {
        name: check,
        status: 'failed',
        detail: `refused with ${status}: ${sentence()}`,
        fix: `put a valid credential into the variable named under targets.${target.name}.http.auth`,
      },
    ];
  }
  if (path === undefined) return [];
  if (status >= 200 && status <= 299) {
    const detail = http.auth === undefined ? 'none is needed to read' : 'accepted';
    return [{ name: check, status: 'ok', detail, fix: undefined }];
  }
  return [
    {
      name: check,
      status: 'warning',
      detail: `cannot be told: ${prefix}${path} was answered with ${status} (${sentence()})`,
      fix: `correct baseUrl and the endpoints under targets.${target.name}`,
    },
  ];
}

function encryptionChecks({ http, target }: HttpShared): TargetCheck[] {
  const { protocol, hostname } = new URL(http.baseUrl);
  if (http.auth === undefined || protocol === 'https:' || isLoopback(hostname)) return [];
  return [
    {
      name: 'encryption',
      status: 'warning',
      detail: 'the credential travels unencrypted over http',
      fix: `use https in targets.${target.name}.http.baseUrl`,
    },
  ];
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}
