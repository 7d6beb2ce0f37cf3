/** Signed HTTP requests: https://docs.slack.dev/authentication/verifying-requests-from-slack */
import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { SlackClock } from '../clock.ts';
import {
  type Answer,
  ackMilliseconds,
  type BotRequest,
  type RequestKind,
  type Transport,
  timedOut,
  unreachable,
} from './transport.ts';

export interface HttpTransportOptions {
  requestUrl: string;
  signingSecret: string;
  clock: SlackClock;
  /** Milliseconds since the epoch that signatures carry: the receiver checks them against its own clock. */
  signatureNow: () => number;
}

const answerBytes = 1024 * 1024;
const redirectsFollowed = 2;

/** @returns the value of `X-Slack-Signature` */
export function signature(signingSecret: string, timestampSeconds: number, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestampSeconds}:${body}`).digest('hex')}`;
}

/** Body and content type, exactly as Slack encodes each kind. */
export function encode(request: BotRequest): { body: string; contentType: string } {
  if (request.kind === 'event')
    return { body: JSON.stringify(request.payload), contentType: 'application/json' };
  const fields =
    request.kind === 'command'
      ? Object.entries(request.payload).map(([name, value]): [string, string] => [name, String(value)])
      : [['payload', JSON.stringify(request.payload)] as [string, string]];
  return { body: new URLSearchParams(fields).toString(), contentType: 'application/x-www-form-urlencoded' };
}

export function httpTransport(options: HttpTransportOptions): Transport {
  return {
    via: 'http',
    send: (request) => {
      const { body, contentType } = encode(request);
      const timestamp = Math.floor(options.signatureNow() / 1000);
      const headers: Record<string, string> = {
        'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        Accept: '*/*',
        'Accept-Encoding': 'identity',
        'Content-Type': contentType,
        'Content-Length': String(Buffer.byteLength(body)),
        'X-Slack-Request-Timestamp': String(timestamp),
        'X-Slack-Signature': signature(options.signingSecret, timestamp, body),
        ...(request.retry
          ? {
              'X-Slack-Retry-Num': String(request.retry.number),
              'X-Slack-Retry-Reason': request.retry.reason,
            }
          : {}),
      };
      return exchange(options, request.kind, headers, body);
    },
  };
}

function exchange(
  options: HttpTransportOptions,
  kind: RequestKind,
  headers: Record<string, string>,
  body: string,
): Promise<Answer> {
  return new Promise((resolve) => {
    const cancel = new AbortController();
    const disarm = options.clock.after(ackMilliseconds, () => settle(timedOut));
    const settle = (answer: Answer) => {
      disarm();
      resolve(answer);
      cancel.abort();
    };
    const attempt = (to: URL, redirectsLeft: number) => {
      const open = to.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = open(
        to,
        { method: 'POST', headers, signal: cancel.signal, agent: false },
        (response) => {
          const next = response.headers.location;
          if ((response.statusCode ?? 0) >= 300 && (response.statusCode ?? 0) < 400 && next) {
            response.resume();
            if (redirectsLeft > 0) attempt(new URL(next, to), redirectsLeft - 1);
            else settle({ isAck: false, reason: 'too_many_redirects', shown: '3xx_error' });
            return;
          }
          readAnswer(response, kind).then(settle, () => settle(unreachable));
        },
      );
      outgoing.on('error', () => settle(unreachable));
      outgoing.end(body);
    };
    attempt(new URL(options.requestUrl), redirectsFollowed);
  });
}

async function readAnswer(response: IncomingMessage, kind: RequestKind): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytes) throw new Error('answer too large');
    chunks.push(chunk);
  }
  const status = response.statusCode ?? 0;
  const text = Buffer.concat(chunks).toString('utf8');
  // Events take any 2xx, commands and interactions exactly 200.
  if (status !== 200 && (kind !== 'event' || status < 200 || status >= 300)) {
    const shown = status >= 500 ? `${status}_service_error` : `${status}_client_error`;
    const isFinal = response.headers['x-slack-no-retry'] === '1';
    return { isAck: false, reason: 'http_error', shown, ...(isFinal ? { isFinal } : {}) };
  }
  if (text === '') return { isAck: true, body: undefined };
  if (!String(response.headers['content-type'] ?? '').includes('application/json'))
    return { isAck: true, body: text };
  try {
    return { isAck: true, body: JSON.parse(text) };
  } catch {
    return { isAck: true, body: text };
  }
}
