import type { IncomingMessage, ServerResponse } from 'node:http';
import { HTTPReceiver } from '@slack/bolt';
import { readBody, send } from '../http/server.ts';
import type { BoltLogger } from './bolt-logger.ts';
import { isSignedBySlack } from './signature.ts';

/** Far above anything Slack sends (a view is at most 250 KB), far below what would hurt. */
const bodyLimitBytes = 1024 * 1024;

export interface HttpEntrance {
  readonly receiver: HTTPReceiver;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * `POST /slack/events`: bounded, verified here, then handed to Bolt's own receiver. Bolt's verification is
 * off because it would repeat ours without refusing future timestamps.
 */
export function httpEntrance(options: {
  signingSecret: string;
  logger: BoltLogger;
  now: () => Date;
  onRejected: (reason: string, request: IncomingMessage) => void;
}): HttpEntrance {
  const receiver = new HTTPReceiver({
    signingSecret: options.signingSecret,
    signatureVerification: false,
    logger: options.logger,
    bodyLimit: '1mb',
  });
  return {
    receiver,
    handle: async (request, response) => {
      const rawBody = await readBody(request, bodyLimitBytes);
      if (rawBody === undefined) {
        options.onRejected('body over 1 MB', request);
        return send(response, 413, { error: 'too_large', limitBytes: bodyLimitBytes });
      }
      // Slack may append a charset; Bolt compares the whole header and would parse a form as JSON.
      const contentType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
      if (contentType !== undefined) request.headers['content-type'] = contentType;
      // Slack's certificate check is unsigned and asks for nothing but a 200.
      if (
        contentType === 'application/x-www-form-urlencoded' &&
        rawBody.length < 300 &&
        isSslCheck(rawBody)
      ) {
        response.writeHead(200).end();
        return;
      }
      if (!isSignedBySlack(rawBody, request.headers, options.signingSecret, options.now().getTime())) {
        options.onRejected('wrong, stale or future signature', request);
        return send(response, 401, { error: 'invalid_signature' });
      }
      if (!holdsObject(rawBody, contentType)) {
        options.onRejected('a body that is no object', request);
        return send(response, 400, { error: 'invalid_body' });
      }
      receiver.requestListener(Object.assign(request, { rawBody }), response);
    },
  };
}

/** `null` is JSON too: Bolt would break on it where nothing catches it, and never answer. */
function holdsObject(rawBody: Buffer, contentType: string | undefined): boolean {
  const text = rawBody.toString();
  if (contentType !== 'application/x-www-form-urlencoded') return text.trimStart().startsWith('{');
  return new URLSearchParams(text).get('payload')?.trimStart().startsWith('{') ?? true;
}

function isSslCheck(rawBody: Buffer): boolean {
  return new URLSearchParams(rawBody.toString()).get('ssl_check') === '1';
}
