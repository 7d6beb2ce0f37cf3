/** Which path is whose: the bot's side (`/api`, `/response`, `/upload`, `/link`) and people's (`/client`, the page). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientHttp, isSameOrigin } from './client-http.ts';
import type { Core } from './core.ts';
import { isAfterEffect } from './faults.ts';
import { respond } from './response-url-endpoint.ts';
import { multipart, readBody } from './web-api/body.ts';

export interface Page {
  html: string;
  /** By path: `/assets/page.js`. */
  assets: Record<string, { contentType: string; body: string | Uint8Array }>;
}

type WebApi = (request: IncomingMessage, response: ServerResponse, url: URL, method: string) => Promise<void>;

/** What faults call an upload; not a Web API method. */
const uploadMethod = 'upload';
const uploadBytes = 20 * 1024 * 1024;
/** A page's own policy stands in its HTML; only framing has to be forbidden in a header. */
const pagePolicy = "frame-ancestors 'none'";

export function routes(
  core: Core,
  port: number,
  webApi: WebApi,
  clients: ClientHttp,
  page: Page | undefined,
) {
  const plain = (response: ServerResponse, status: number, text: string) => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(text);
  };

  async function upload(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const [, , , fileId = '', key = ''] = url.pathname.split('/');
    const contentType = request.headers['content-type'] ?? '';
    let body = await readBody(request, uploadBytes);
    if (contentType.startsWith('multipart/form-data')) {
      const parts = [...(await multipart(body, contentType)).values()];
      const file = parts.find((part) => typeof part !== 'string');
      if (!file) return plain(response, 400, 'no file');
      body = Buffer.from(await file.arrayBuffer());
    }
    const fault = core.faults.takeForCall(uploadMethod);
    if (fault === 'timeout_before_effect') return;
    if (fault && !isAfterEffect(fault)) return plain(response, fault === 'ratelimited' ? 429 : 500, fault);
    const outcome = request.method === 'POST' ? core.files.receive(fileId, key, body) : 'unknown_url';
    if (fault === 'cut_after_effect') return void request.socket.destroy();
    if (fault) return;
    if (outcome === 'unknown_url') return plain(response, 404, 'not found');
    if (outcome === 'wrong_length') return plain(response, 400, 'not as long as announced');
    plain(response, 200, `OK - ${body.length}`);
  }

  function showFile(request: IncomingMessage, response: ServerResponse, url: URL) {
    const found = isSameOrigin(request, port) && core.files.read(url.pathname.split('/')[2] ?? '');
    if (!found) return plain(response, 404, 'not found');
    response.writeHead(200, {
      // As a download only: an uploaded page must not run on this origin.
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': `attachment; filename="${encodeURIComponent(found.file.name)}"`,
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(found.body);
  }

  function showPage(request: IncomingMessage, response: ServerResponse, url: URL) {
    if (!page || request.method !== 'GET' || !isSameOriginOrLink(request))
      return plain(response, 404, 'not found');
    const isAsset = url.pathname.startsWith('/assets/');
    const asset = Object.hasOwn(page.assets, url.pathname) ? page.assets[url.pathname] : undefined;
    if (isAsset && !asset) return plain(response, 404, 'not found');
    response.writeHead(200, {
      'Content-Type': asset?.contentType ?? 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': pagePolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    response.end(asset?.body ?? page.html);
  }

  /** Following a link from elsewhere may show the page; only the Host has to be ours. */
  const isSameOriginOrLink = (request: IncomingMessage) =>
    [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(request.headers.host ?? '');

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', core.origin);
    const { pathname } = url;
    const isForBot = /^\/(api|response|upload)\//.test(pathname);
    if (isForBot && core.faults.isDown) {
      request.socket.destroy();
      return;
    }
    try {
      if (pathname.startsWith('/api/'))
        return await webApi(request, response, url, pathname.slice('/api/'.length));
      if (pathname.startsWith('/response/'))
        return await core.pending.track(() => respond(core, request, response, url));
      if (pathname.startsWith('/upload/')) return await upload(request, response, url);
      if (pathname.startsWith('/client/')) return await clients.handle(request, response, url);
      if (pathname.startsWith('/files/')) return showFile(request, response, url);
      if (pathname === '/' || pathname.startsWith('/archives/') || pathname.startsWith('/assets/'))
        return showPage(request, response, url);
      plain(response, 404, 'not found');
    } catch (error) {
      if (response.headersSent || request.destroyed) return void response.destroy();
      if (error instanceof RangeError) return plain(response, 413, 'too large');
      console.error(`sandbox Slack: ${request.method} ${pathname} failed`, error);
      plain(response, 500, 'internal error');
    }
  };
}
