/**
 * A sample GitHub on the loopback address: the part of its REST API that Actions needs, at least as strict as the real one,
 * with runs that go on by themselves, pages, permissions, rate limits, and logs kept on another origin. It knows nothing of
 * who asks.
 *
 * @example
 * const gitHub = await startGitHub({ token: 'a-token-for-this-test', repository: 'acme/rms' });
 * gitHub.repository.behaves('migrate.yml', { exitCode: 1, output: ['migrate status=fail reason=lock_timeout'] });
 * …
 * expect(gitHub.repository.runs).toHaveLength(1);
 * await gitHub.close();
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson, readBody, sendJson } from '../rms/http.ts';
import { type Answer, type Endpoint, endpoints } from './endpoints.ts';
import { SampleRepository } from './repository.ts';
import { type SampleWorkflow, sampleWorkflows } from './sample-workflows.ts';

export interface GitHubOptions {
  /** What callers must bring as bearer token. */
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Of the token, e.g. `{ actions: 'read' }`; a name that is not given is granted whole. */
  readonly permissions?: Readonly<Record<string, 'none' | 'read' | 'write'>>;
  readonly workflows?: readonly SampleWorkflow[];
  /** How long runs wait and run. Default 100 and 400 ms. */
  readonly queuedMilliseconds?: number;
  readonly runningMilliseconds?: number;
  /** Whether `return_run_details` is known, as on github.com since 2026. Default true. */
  readonly knowsRunDetails?: boolean;
  /** Requests before the primary rate limit. Default 5,000, GitHub's own for an hour. */
  readonly hourlyLimit?: number;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default: the wall clock. */
  readonly now?: () => Date;
}

/**
 * `error`: 502, nothing happens. `error_after`: it happens first. `cut`, `cut_after`: the connection, before and after.
 * `hang`: no answer. `secondary_limit`: 403 as for too much at once. `garbage`: 200 and no JSON. `elsewhere`: the next page
 * is said to be on another host. `wrong_shape`: it happens, and 200 says something else.
 */
export type GitHubFault =
  | 'error'
  | 'error_after'
  | 'cut'
  | 'cut_after'
  | 'hang'
  | 'secondary_limit'
  | 'garbage'
  | 'wrong_shape'
  | 'elsewhere';

/** A request that arrived, at the API or where logs are kept. */
export interface ArrivedRequest {
  readonly endpoint: string | undefined;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface GitHub {
  /** The API: `http://127.0.0.1:4711`. */
  readonly url: string;
  /** Where logs are kept; another origin. */
  readonly logsUrl: string;
  readonly token: string;
  readonly repository: SampleRepository;
  readonly requests: readonly ArrivedRequest[];
  readonly logRequests: readonly ArrivedRequest[];
  /** The next `times` requests of an endpoint meet this. Default: until `works()`. @throws RangeError for an unknown one */
  fails(endpoint: string, fault: GitHubFault, times?: number): void;
  works(): void;
  /** The primary rate limit as it stands from now on. */
  limits(to: { readonly remaining: number; readonly resetsAt: Date }): void;
  close(): Promise<void>;
}

const mostPerPage = 100;
const usualPerPage = 30;

export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const {
    token,
    permissions = {},
    knowsRunDetails = true,
    hourlyLimit = 5_000,
    now = () => new Date(),
  } = options;
  if (token === '') throw new RangeError('GitHub needs a token that is not empty');
  const repository = new SampleRepository(options.repository, options.workflows ?? sampleWorkflows, {
    queuedMilliseconds: options.queuedMilliseconds ?? 100,
    runningMilliseconds: options.runningMilliseconds ?? 400,
  });
  const requests: ArrivedRequest[] = [];
  const logRequests: ArrivedRequest[] = [];
  const faults = new Map<string, { readonly fault: GitHubFault; left: number }>();
  let limit = { remaining: hourlyLimit, resetsAt: new Date(now().getTime() + 3_600_000) };

  function takeFault(endpoint: string): GitHubFault | undefined {
    const standing = faults.get(endpoint);
    if (standing === undefined || standing.left <= 0) return undefined;
    standing.left -= 1;
    return standing.fault;
  }

  const rateHeaders = (): Record<string, string> => ({
    'x-ratelimit-limit': String(hourlyLimit),
    'x-ratelimit-remaining': String(Math.max(0, limit.remaining)),
    'x-ratelimit-reset': String(Math.ceil(limit.resetsAt.getTime() / 1_000)),
    'x-ratelimit-used': String(hourlyLimit - limit.remaining),
    'x-ratelimit-resource': 'core',
    date: now().toUTCString(),
    'x-github-request-id': 'C0DE:1234',
  });

  const problem = (
    response: ServerResponse,
    status: number,
    message: string,
    headers: Record<string, string> = {},
  ) =>
    sendJson(
      response,
      status,
      { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
      { ...rateHeaders(), ...headers },
    );

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await readBody(request);
    const { method = '' } = request;
    const asked = new URL(request.url ?? '/', 'http://127.0.0.1');
    const found = endpointFor(method, asked.pathname, options.repository);
    let body: unknown;
    try {
      body = raw.length === 0 ? undefined : parseJson(request, raw);
    } catch {
      return problem(response, 400, 'Problems parsing JSON');
    }
    requests.push({
      endpoint: found?.endpoint.name,
      method,
      path: asked.pathname + asked.search,
      headers: request.headers,
      body,
    });
    if ((request.headers['user-agent'] ?? '') === '')
      return problem(
        response,
        403,
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
      );
    if (request.headers.authorization !== `Bearer ${token}`) return problem(response, 401, 'Bad credentials');
    if (limit.remaining <= 0 && now() < limit.resetsAt)
      return problem(response, 403, 'API rate limit exceeded for installation ID 1.');
    limit = { ...limit, remaining: limit.remaining - 1 };
    if (found === undefined) return problem(response, 404, 'Not Found');
    const { endpoint, parts } = found;
    const fault = takeFault(endpoint.name);
    if (fault === 'hang') return;
    if (fault === 'cut') return void response.destroy();
    if (fault === 'error') return problem(response, 502, 'Server Error');
    if (fault === 'secondary_limit') {
      const message =
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
      return problem(response, 403, message, { 'retry-after': '73' });
    }
    if (fault === 'garbage') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>busy</html>');
      return;
    }
    if (!isPermitted(endpoint, permissions)) {
      return problem(response, 403, 'Resource not accessible by personal access token', {
        'x-accepted-github-permissions': endpoint.permission,
      });
    }
    const answer = endpoint.answer({
      repository,
      url: urls.api,
      logsUrl: urls.logs,
      now: now(),
      parts,
      query: asked.searchParams,
      body,
      knowsRunDetails,
    });
    if (fault === 'cut_after') return void response.destroy();
    if (fault === 'error_after') return problem(response, 502, 'Server Error');
    if (fault === 'wrong_shape') return sendJson(response, 200, { ok: true }, rateHeaders());
    send(response, answer, asked, fault === 'elsewhere');
  }

  function send(response: ServerResponse, answer: Answer, asked: URL, isElsewhere: boolean): void {
    const headers = { ...rateHeaders(), ...answer.headers };
    if (answer.list === undefined) {
      if (answer.body === undefined) response.writeHead(answer.status, headers).end();
      else if (answer.status >= 400)
        problem(response, answer.status, String((answer.body as { message?: string }).message ?? ''));
      else sendJson(response, answer.status, answer.body, headers);
      return;
    }
    const { key, items } = answer.list;
    const perPage = Math.min(mostPerPage, Number(asked.searchParams.get('per_page') ?? usualPerPage));
    const page = Number(asked.searchParams.get('page') ?? 1);
    if (!(perPage >= 1) || !(page >= 1)) {
      problem(response, 422, 'Invalid page');
      return;
    }
    const pages = Math.max(1, Math.ceil(items.length / perPage));
    const shown = items.slice((page - 1) * perPage, page * perPage);
    const link = linkHeader(asked, page, pages, isElsewhere ? 'https://elsewhere.example.com' : urls.api);
    const body = { total_count: items.length, [key]: shown };
    sendJson(response, answer.status, body, { ...headers, ...(link === '' ? {} : { link }) });
  }

  /** By the repository's number, as GitHub writes them. */
  function linkHeader(asked: URL, page: number, pages: number, origin: string): string {
    const to = (target: number, rel: string): string => {
      const query = new URLSearchParams(asked.searchParams);
      query.set('page', String(target));
      const path = asked.pathname.replace(/^\/repos\/[^/]+\/[^/]+/, '/repositories/1');
      return `<${origin}${path}?${query}>; rel="${rel}"`;
    };
    return [
      ...(page > 1 ? [to(page - 1, 'prev'), to(1, 'first')] : []),
      ...(page < pages ? [to(page + 1, 'next'), to(pages, 'last')] : []),
    ].join(', ');
  }

  async function serveLog(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = request;
    const asked = new URL(url, 'http://127.0.0.1');
    logRequests.push({ endpoint: 'log', method, path: url, headers, body: undefined });
    const fault = takeFault('log');
    if (fault === 'hang') return;
    if (fault === 'cut') return void response.destroy();
    if (fault === 'elsewhere') {
      response.writeHead(302, { location: `${urls.api}/repos/${options.repository}` }).end();
      return;
    }
    // What is signed by its address takes no other credential; the real store answers just so.
    if (headers.authorization !== undefined || asked.searchParams.get('sig') === null) {
      response.writeHead(400).end();
      return;
    }
    const id = /^\/logs\/(\d+)$/.exec(asked.pathname)?.[1];
    const log = repository.runs.flatMap(({ jobs }) => jobs).find((job) => String(job.id) === id)?.log;
    if (log === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(log),
    });
    if (fault === 'cut_after') response.write(log.slice(0, log.length / 2), () => response.destroy());
    else response.end(log);
  }

  const api = listener(serve);
  const logs = listener(serveLog);
  const urls = { api: await listen(api, options.port ?? 0), logs: await listen(logs, 0) };

  return {
    url: urls.api,
    logsUrl: urls.logs,
    token,
    repository,
    requests,
    logRequests,
    fails(endpoint, fault, times = Number.POSITIVE_INFINITY) {
      const names = [...endpoints.map(({ name }) => name), 'log'];
      if (!names.includes(endpoint))
        throw new RangeError(`No endpoint is named "${endpoint}". There are: ${names.join(', ')}`);
      faults.set(endpoint, { fault, left: times });
    },
    works: () => faults.clear(),
    limits: (to) => {
      limit = { ...to };
    },
    async close() {
      await Promise.all([stop(api), stop(logs)]);
    },
  };
}

function endpointFor(
  method: string,
  pathname: string,
  repository: string,
): { readonly endpoint: Endpoint; readonly parts: readonly string[] } | undefined {
  const prefixes = [`/repos/${repository}`, '/repositories/1'];
  const prefix = prefixes.find(
    (one) =>
      pathname.toLowerCase() === one.toLowerCase() ||
      pathname.toLowerCase().startsWith(`${one}/`.toLowerCase()),
  );
  if (prefix === undefined) return undefined;
  const segments = pathname.slice(prefix.length + 1).split('/');
  for (const endpoint of endpoints) {
    const wanted = endpoint.path.split('/');
    const isMatch =
      endpoint.method === method &&
      wanted.length === segments.length &&
      wanted.every((part, index) => part === '*' || part === segments[index]);
    if (isMatch) {
      const parts = segments.filter((_, index) => wanted[index] === '*').map(decodeURIComponent);
      return { endpoint, parts };
    }
  }
  return undefined;
}

function isPermitted({ permission }: Endpoint, given: Readonly<Record<string, string>>): boolean {
  const [name = '', level] = permission.split('=');
  const has = given[name] ?? 'write';
  return has === 'write' || (has === 'read' && level === 'read');
}

function listener(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
