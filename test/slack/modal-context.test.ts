import { describe, expect, it } from 'vitest';
import { maybeModalContext, writeModalContext } from '../../src/slack/modal-context.ts';

describe('what a modal carries', () => {
  it.each([
    [{}],
    [{ channelId: 'C0OPS' }],
    [{ channelId: 'C0OPS', threadTs: '1.5', responseUrl: 'https://hooks.slack.com/commands/1/2/3' }],
  ])('comes back as it was written: %j', (origin) => {
    const written = writeModalContext({ command: 'verify-audit', origin });
    expect(maybeModalContext(written)).toEqual({ command: 'verify-audit', origin });
  });

  it('leaves the view out, which is known from the submission', () => {
    const written = writeModalContext({ command: 'x', origin: { channelId: 'C1', viewId: 'V1' } });
    expect(maybeModalContext(written)?.origin).toEqual({ channelId: 'C1' });
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"channelId":"C0OPS"}',
    '{"command":1}',
    '{"command":"x","responseUrl":"file:///etc/passwd"}',
  ])('is not ours: %s', (text) => {
    expect(maybeModalContext(text)).toBeUndefined();
  });
});
