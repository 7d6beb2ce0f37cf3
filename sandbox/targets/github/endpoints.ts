import { dispatchMistake, type SampleRepository } from './repository.ts';
import { jobJson, runJson, type SampleRun, standingAt } from './run.ts';

export interface Asked {
  readonly repository: SampleRepository;
  readonly url: string;
  readonly logsUrl: string;
  readonly now: Date;
  /** Of the path, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly knowsRunDetails: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Cut into pages, with a Link header; `key` is what the items stand under. */
  readonly list?: { readonly key: string; readonly items: readonly unknown[] };
}

export interface Endpoint {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Below `/repos/owner/name`; `*` is one segment. */
  readonly path: string;
  /** Fine-grained, as `x-accepted-github-permissions` names it. */
  readonly permission: string;
  answer(asked: Asked): Answer;
}

const notFound: Answer = { status: 404, body: { message: 'Not Found' } };
const invalid = (message: string): Answer => ({ status: 422, body: { message } });

const workflowOf = ({ repository }: Asked, given: string | undefined) =>
  repository.workflows.find(({ id, sample }) => sample.file === given || String(id) === given);

const runWith = ({ repository, now }: Asked, id: string | undefined): SampleRun | undefined =>
  repository.runs.find((run) => String(run.id) === id && run.visibleAt <= now);

const namesAnswer = (key: 'secrets' | 'variables', names: Iterable<string>): Answer => ({
  status: 200,
  list: {
    key,
    items: [...names].sort().map((name) => ({
      name,
      // Variables come with their values; secrets never do.
      ...(key === 'variables' ? { value: 'a-value-nobody-should-show' } : {}),
      created_at: '2026-01-05T10:00:00Z',
      updated_at: '2026-01-05T10:00:00Z',
    })),
  },
});

function filteredRuns(asked: Asked, runs: readonly SampleRun[]): SampleRun[] | string {
  const { query, now } = asked;
  const known = [
    'branch',
    'event',
    'created',
    'status',
    'actor',
    'per_page',
    'page',
    'exclude_pull_requests',
    'head_sha',
  ];
  const unknown = [...query.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) return `"${unknown}" is not a parameter of this endpoint`;
  const created = query.get('created');
  const since = created === null ? undefined : /^>=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(created)?.[1];
  if (created !== null && since === undefined) return 'created is not a date range';
  return runs
    .filter(
      (run) =>
        run.visibleAt <= now &&
        (query.get('branch') === null || run.ref === query.get('branch')) &&
        (query.get('event') === null || run.event === query.get('event')) &&
        (query.get('status') === null || standingAt(run, now).status === query.get('status')) &&
        (since === undefined || Math.floor(run.createdAt.getTime() / 1_000) * 1_000 >= Date.parse(since)),
    )
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id);
}

export const endpoints: readonly Endpoint[] = [
  {
    name: 'repository',
    method: 'GET',
    path: '',
    permission: 'metadata=read',
    answer: ({ repository }) => ({
      status: 200,
      body: { id: 1, full_name: repository.name, archived: false, default_branch: 'main', private: true },
    }),
  },
  {
    name: 'workflows',
    method: 'GET',
    path: 'actions/workflows',
    permission: 'actions=read',
    answer: ({ repository }) => ({
      status: 200,
      list: { key: 'workflows', items: repository.workflows.map(workflowJson) },
    }),
  },
  {
    name: 'workflow',
    method: 'GET',
    path: 'actions/workflows/*',
    permission: 'actions=read',
    answer: (asked) => {
      const workflow = workflowOf(asked, asked.parts[0]);
      return workflow === undefined ? notFound : { status: 200, body: workflowJson(workflow) };
    },
  },
  {
    name: 'contents',
    method: 'GET',
    path: 'contents/*',
    permission: 'contents=read',
    answer: (asked) => {
      const [path = ''] = asked.parts;
      const ref = asked.query.get('ref') ?? 'main';
      const workflow = workflowOf(asked, path.replace(/^\.github\/workflows\//, ''));
      if (!asked.repository.refs.has(ref))
        return { status: 404, body: { message: `No commit found for the ref ${ref}` } };
      if (workflow === undefined || !path.startsWith('.github/workflows/')) return notFound;
      const content = Buffer.from(workflow.sample.yaml).toString('base64');
      // In lines of 60, as GitHub does.
      const body = { type: 'file', encoding: 'base64', path, content: content.replace(/.{60}/g, '$&\n') };
      return { status: 200, body };
    },
  },
  {
    name: 'dispatch',
    method: 'POST',
    path: 'actions/workflows/*/dispatches',
    permission: 'actions=write',
    answer: (asked) => {
      const workflow = workflowOf(asked, asked.parts[0]);
      if (workflow === undefined) return notFound;
      const { body } = asked;
      if (typeof body !== 'object' || body === null || !('ref' in body) || typeof body.ref !== 'string')
        return invalid('Invalid request.\n\n"ref" wasn\'t supplied.');
      const keys = ['ref', 'inputs', ...(asked.knowsRunDetails ? ['return_run_details'] : [])];
      const extra = Object.keys(body).find((key) => !keys.includes(key));
      if (extra !== undefined) return invalid(`Invalid request.\n\n"${extra}" is not a permitted key.`);
      const inputs = ('inputs' in body ? body.inputs : {}) as Record<string, string>;
      const mistake = dispatchMistake(asked.repository, workflow.sample.file, body.ref, inputs);
      if (mistake !== undefined) return invalid(mistake);
      const run = asked.repository.dispatch(workflow.sample.file, body.ref, inputs, asked.now);
      const wantsDetails = 'return_run_details' in body && body.return_run_details === true;
      if (!wantsDetails) return { status: 204 };
      const about = `${asked.url}/repos/${asked.repository.name}/actions/runs/${run.id}`;
      return { status: 200, body: { workflow_run_id: run.id, run_url: about, html_url: about } };
    },
  },
  {
    name: 'workflow-runs',
    method: 'GET',
    path: 'actions/workflows/*/runs',
    permission: 'actions=read',
    answer: (asked) => {
      const workflow = workflowOf(asked, asked.parts[0]);
      if (workflow === undefined) return notFound;
      const runs = filteredRuns(
        asked,
        asked.repository.runs.filter(({ workflowId }) => workflowId === workflow.id),
      );
      if (typeof runs === 'string') return invalid(runs);
      const items = runs.map((run) => runJson(run, asked.now, asked.url, asked.repository.name));
      return { status: 200, list: { key: 'workflow_runs', items } };
    },
  },
  {
    name: 'run',
    method: 'GET',
    path: 'actions/runs/*',
    permission: 'actions=read',
    answer: (asked) => {
      const run = runWith(asked, asked.parts[0]);
      return run === undefined
        ? notFound
        : { status: 200, body: runJson(run, asked.now, asked.url, asked.repository.name) };
    },
  },
  {
    name: 'jobs',
    method: 'GET',
    path: 'actions/runs/*/jobs',
    permission: 'actions=read',
    answer: (asked) => {
      const run = runWith(asked, asked.parts[0]);
      if (run === undefined) return notFound;
      const items = run.jobs.map((job) => jobJson(run, job, asked.now, asked.url, asked.repository.name));
      return { status: 200, list: { key: 'jobs', items } };
    },
  },
  {
    name: 'cancel',
    method: 'POST',
    path: 'actions/runs/*/cancel',
    permission: 'actions=write',
    answer: (asked) => {
      const run = runWith(asked, asked.parts[0]);
      if (run === undefined) return notFound;
      if (standingAt(run, asked.now).status === 'completed')
        return { status: 409, body: { message: 'Cannot cancel a workflow run that is completed.' } };
      run.cancelledAt = asked.now;
      return { status: 202, body: {} };
    },
  },
  {
    name: 'logs',
    method: 'GET',
    path: 'actions/jobs/*/logs',
    permission: 'actions=read',
    answer: (asked) => {
      const id = asked.parts[0];
      const run = asked.repository.runs.find(({ jobs }) => jobs.some((job) => String(job.id) === id));
      const job = run?.jobs.find((one) => String(one.id) === id);
      if (run === undefined || job === undefined || standingAt(run, asked.now).status === 'queued')
        return notFound;
      if (job.log === undefined) return { status: 410, body: { message: 'Gone' } };
      return { status: 302, headers: { location: `${asked.logsUrl}/logs/${id}?sig=a-signature-of-its-own` } };
    },
  },
  {
    name: 'commit',
    method: 'GET',
    path: 'commits/*',
    permission: 'contents=read',
    answer: ({ repository, parts }) => {
      const sha = commitNamed(repository, parts[0]);
      return sha === undefined
        ? { status: 422, body: { message: `No commit found for SHA: ${parts[0]}` } }
        : { status: 200, body: { sha, commit: { message: 'A change' } } };
    },
  },
  {
    name: 'check-runs',
    method: 'GET',
    path: 'commits/*/check-runs',
    permission: 'checks=read',
    answer: ({ repository, parts }) => {
      const sha = commitNamed(repository, parts[0]);
      if (sha === undefined) return notFound;
      const items = (repository.checkRuns.get(sha) ?? []).map((check, index) => ({
        id: 5_000 + index,
        head_sha: sha,
        ...check,
      }));
      return { status: 200, list: { key: 'check_runs', items } };
    },
  },
  {
    name: 'statuses',
    method: 'GET',
    path: 'commits/*/status',
    permission: 'statuses=read',
    answer: ({ repository, parts }) => {
      const sha = commitNamed(repository, parts[0]);
      if (sha === undefined) return notFound;
      const state = repository.statuses.get(sha);
      const statuses = state === undefined ? [] : [{ context: 'deploy/preview', state }];
      return {
        status: 200,
        body: { state: state ?? 'pending', statuses, sha, total_count: statuses.length },
      };
    },
  },
  ...(['secrets', 'variables'] as const).flatMap((key): Endpoint[] => {
    const permission = key === 'secrets' ? 'secrets=read' : 'actions_variables=read';
    return [
      {
        name: key,
        method: 'GET',
        path: `actions/${key}`,
        permission,
        answer: ({ repository }) => namesAnswer(key, repository.names[key]),
      },
      {
        name: `organization-${key}`,
        method: 'GET',
        path: `actions/organization-${key}`,
        permission,
        answer: ({ repository: { names } }) =>
          namesAnswer(key, key === 'secrets' ? names.organizationSecrets : names.organizationVariables),
      },
      {
        name: `environment-${key}`,
        method: 'GET',
        path: `environments/*/${key}`,
        permission: 'environments=read',
        answer: ({ repository, parts }) => {
          const environment = repository.environments.get(parts[0] ?? '');
          return environment === undefined ? notFound : namesAnswer(key, environment[key]);
        },
      },
    ];
  }),
];

function commitNamed({ refs }: SampleRepository, name = ''): string | undefined {
  return refs.get(name) ?? [...refs.values()].find((sha) => sha === name);
}

function workflowJson({ id, sample, state }: SampleRepository['workflows'][number]): object {
  return {
    id,
    node_id: `W_${id}`,
    name: sample.file.replace(/\.yml$/, ''),
    path: `.github/workflows/${sample.file}`,
    state,
    created_at: '2026-01-05T10:00:00Z',
    updated_at: '2026-01-05T10:00:00Z',
  };
}
