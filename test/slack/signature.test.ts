import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedBySlack } from '../../src/slack/signature.ts';

const secret = '8f742231b10e8888abcd99yyyzzz85a5';
const now = 1_531_420_618_000;
const sign = (timestamp: string, body: string, key = secret) =>
  `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`;
const headers = (timestamp: string, signature: string) => ({
  'x-slack-request-timestamp': timestamp,
  'x-slack-signature': signature,
});
const check = (timestamp: string, signature: string, body = 'token=x') =>
  isSignedBySlack(Buffer.from(body), headers(timestamp, signature), secret, now);

describe('a request signature', () => {
  it('is accepted for exactly these bytes', () => {
    const timestamp = String(now / 1000);
    expect(check(timestamp, sign(timestamp, 'token=x'))).toBe(true);
    expect(check(timestamp, sign(timestamp, 'token=x'), 'token=y')).toBe(false);
  });

  it('covers bytes that are no text', () => {
    const timestamp = String(now / 1000);
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(bytes).digest('hex')}`;
    expect(isSignedBySlack(bytes, headers(timestamp, signature), secret, now)).toBe(true);
  });

  it.each([
    ['five minutes old', -300, true],
    ['a second older', -301, false],
    ['five minutes ahead', 300, true],
    ['a second further ahead', 301, false],
  ])('of a timestamp %s: %s', (_what, seconds, isAccepted) => {
    const timestamp = String(now / 1000 + seconds);
    expect(check(timestamp, sign(timestamp, 'token=x'))).toBe(isAccepted);
  });

  it('is refused when made with another secret', () => {
    const timestamp = String(now / 1000);
    expect(check(timestamp, sign(timestamp, 'token=x', 'another'))).toBe(false);
  });

  it.each(['', 'v0=', 'v0=zz', sign('1', 'x').slice(0, -1)])('is refused when it is %j', (signature) => {
    expect(check(String(now / 1000), signature)).toBe(false);
  });

  it.each(['', 'NaN', '1e9', ' 1531420618', '-1', '0x5b47'])(
    'is refused with the timestamp %j',
    (timestamp) => {
      expect(check(timestamp, sign(timestamp, 'token=x'))).toBe(false);
    },
  );

  it('is refused when a header is missing or doubled', () => {
    const timestamp = String(now / 1000);
    const signature = sign(timestamp, '');
    const verify = (given: Record<string, string | string[]>) =>
      isSignedBySlack(Buffer.alloc(0), given as never, secret, now);
    expect(verify(headers(timestamp, signature))).toBe(true);
    expect(verify({ 'x-slack-signature': signature })).toBe(false);
    expect(verify({ 'x-slack-request-timestamp': timestamp })).toBe(false);
    expect(verify({ ...headers(timestamp, signature), 'x-slack-signature': [signature, signature] })).toBe(
      false,
    );
  });
});
