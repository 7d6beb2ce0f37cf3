import { Agent, request } from 'undici';
import { Fault } from '../../core/errors.ts';
import type { GitHubClient } from './github-client.ts';
import { type JobAnswer, jobShape } from './github-shapes.ts';
import type { GitHubCall } from './github-wording.ts';
import { type RunLog, RunLogReader } from './run-log.ts';

/** Of all a run's logs together; a person waits for what they say. */
const longestReadingMilliseconds = 60_000;
/** A matrix of more is judged by GitHub's conclusion alone, and that is said. */
const mostLogs = 60;
/** Finished runs do not change; their reports are a few lines. */
const mostKept = 200;

export interface RunLogs {
  jobs(runId: number): Promise<JobAnswer[]>;
  /** @param version changes when the run is run again. @throws Fault, Refusal when they cannot be read to their end. */
  read(runId: number, version: string): Promise<RunLog>;
}

export interface RunLogsOptions {
  readonly client: GitHubClient;
  readonly repository: { readonly owner: string; readonly repo: string };
  readonly maxLogBytes: number;
  /** Logs are kept elsewhere, over http only where the API itself is. */
  readonly isEncrypted: boolean;
  readonly kept: Map<string, RunLog>;
  readonly signal: AbortSignal;
}

export function runLogs(options: RunLogsOptions): RunLogs {
  const { client, repository, maxLogBytes, isEncrypted, kept, signal } = options;

  const jobs = (runId: number): Promise<JobAnswer[]> =>
    client.all(
      {
        method: 'GET',
        path: '/repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
        parameters: { ...repository, run_id: runId, filter: 'latest' },
        about: `the jobs of run ${runId}`,
        permission: 'actions=read',
      },
      jobShape,
    );

  async function readAll(runId: number): Promise<RunLog> {
    const ran = (await jobs(runId)).filter(
      ({ status, conclusion }) => status === 'completed' && conclusion !== 'skipped',
    );
    if (ran.length > mostLogs) {
      throw new Fault(
        'target_answer_too_large',
        `run ${runId} has ${ran.length} jobs; logs of ${mostLogs} are read`,
      );
    }
    const reader = new RunLogReader();
    const until = AbortSignal.any([signal, AbortSignal.timeout(longestReadingMilliseconds)]);
    let left = maxLogBytes;
    for (const { id } of ran) {
      const location = await client.redirectOf(logCall(repository, id));
      left -= await readLog(location, id, reader, left, until);
      reader.endJob();
    }
    return reader.result();
  }

  /** @returns how many bytes it had. */
  async function readLog(
    location: string,
    jobId: number,
    reader: RunLogReader,
    left: number,
    until: AbortSignal,
  ): Promise<number> {
    const url = URL.canParse(location) ? new URL(location) : undefined;
    const isUsable = url?.protocol === 'https:' || (url?.protocol === 'http:' && !isEncrypted);
    if (url === undefined || !isUsable || url.username !== '') {
      throw new Fault(
        'target_redirected',
        `GitHub keeps the log of job ${jobId} at an address that is not asked`,
      );
    }
    // Its own connection, and neither token nor anything else of ours: the address holds its own signature.
    const dispatcher = new Agent({ connect: { timeout: 5_000 }, allowH2: false });
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        method: 'GET',
        headers: { accept: 'text/plain', 'accept-encoding': 'identity', 'user-agent': 'countersign' },
        signal: until,
      });
      const stop = (code: string, why: string): never => {
        body.on('error', () => undefined).destroy();
        throw new Fault(code, `the log of job ${jobId} ${why}`);
      };
      // Nothing further is followed: GitHub says where a log is, and there it is.
      if (statusCode !== 200) stop('target_failed', `was answered with ${statusCode}`);
      const encoding = headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity')
        stop('target_unexpected_answer', 'came compressed');
      const decoder = new TextDecoder();
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > left) {
          stop(
            'target_answer_too_large',
            `is longer than ${maxLogBytes.toLocaleString('en')} bytes and is not judged`,
          );
        }
        reader.write(decoder.decode(chunk, { stream: true }));
      }
      reader.write(decoder.decode());
      return bytes;
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (signal.aborted) throw signal.reason;
      const why = until.aborted ? 'was not read to its end in time' : 'broke off while it was read';
      throw new Fault('target_connection_lost', `the log of job ${jobId} ${why}`, { cause: error });
    } finally {
      void dispatcher.destroy().catch(() => undefined);
    }
  }

  return {
    jobs,
    async read(runId, version) {
      const key = `${runId} ${version}`;
      const before = kept.get(key);
      if (before !== undefined) return before;
      const log = await readAll(runId);
      kept.set(key, log);
      for (const oldest of kept.keys()) {
        if (kept.size <= mostKept) break;
        kept.delete(oldest);
      }
      return log;
    },
  };
}

function logCall(repository: { readonly owner: string; readonly repo: string }, jobId: number): GitHubCall {
  return {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/jobs/{job_id}/logs',
    parameters: { ...repository, job_id: jobId },
    about: `the log of job ${jobId}`,
    permission: 'actions=read',
  };
}
