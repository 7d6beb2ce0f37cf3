/** Plays a script against a running workspace and writes down what people see. */
import type { ClientEvent } from '../slack/client-api.ts';
import type { SlackWorkspace } from '../slack/server.ts';
import { formatLine } from './format-line.ts';
import { parseScript, type ScriptLine } from './parse-line.ts';
import { castLine, perform } from './perform.ts';
import type { ScriptAlerts, Stage } from './stage.ts';
import { Threads } from './threads.ts';
import { Transcript } from './transcript.ts';

export interface PlayOptions {
  readonly workspace: SlackWorkspace;
  readonly lines: readonly string[];
  /** Resolves when no job, delivery or request is pending. @throws Error when that takes too long */
  readonly settle: () => Promise<void>;
  readonly write: (text: string) => void;
  /** Sends what `alert` lines name; without it they are refused. */
  readonly alerts?: ScriptAlerts;
  /** Headings in bold. Default: whether standard output is a terminal. */
  readonly isTerminal?: boolean;
}

/**
 * Everything is shown as it happens; the next line waits until nothing is pending. A refusal by the app is
 * an answer like any other. `failed` is the sentence why the script ended early, or undefined.
 *
 * @example
 * const { failed } = await playScript({ workspace, settle, lines: ['ada in #ops: /ops help'],
 *   write: (text) => process.stdout.write(text) });
 */
export async function playScript(options: PlayOptions): Promise<{ failed: string | undefined }> {
  const { workspace, settle, alerts } = options;
  const transcript = new Transcript({
    directory: workspace.directory,
    write: options.write,
    isBold: options.isTerminal ?? process.stdout.isTTY === true,
  });
  const threads = new Threads(workspace.app.botUserId);
  const stage: Stage = { workspace, transcript, threads, settle, alerts };
  let script: ScriptLine[];
  try {
    script = parseScript(options.lines);
  } catch (error) {
    return { failed: sentence(error) };
  }
  for (const [index, line] of script.entries()) {
    try {
      script[index] = castLine(line, stage);
    } catch (error) {
      return { failed: inLine(index, line, error) };
    }
  }
  const seen: ClientEvent[] = [];
  const stop = workspace.onEvent((event) => {
    seen.push(event);
    threads.follow(event);
    transcript.event(event);
  });
  try {
    for (const [index, line] of script.entries()) {
      seen.length = 0;
      const deliveriesBefore = workspace.deliveries.length;
      transcript.line(formatLine(line));
      try {
        await playLine(line, stage);
      } catch (error) {
        return { failed: inLine(index, line, error) };
      }
      const silence = silenceAfter(line, seen, workspace, deliveriesBefore);
      if (silence) return { failed: inLine(index, line, silence) };
    }
    return { failed: undefined };
  } finally {
    stop();
  }
}

async function playLine(line: ScriptLine, stage: Stage): Promise<void> {
  try {
    await perform(line, stage);
  } catch (error) {
    // What is still under way belongs to the transcript; why the line failed is the news.
    await stage.settle().catch(() => {});
    throw error;
  }
  await stage.settle();
}

/** How the app failed to answer, if it did. */
function silenceAfter(
  line: ScriptLine,
  seen: readonly ClientEvent[],
  { deliveries, app }: SlackWorkspace,
  deliveriesBefore: number,
): string | undefined {
  const failure = seen.find((event) => event.kind === 'app_failed');
  if (failure) return `the app did not answer: ${failure.error}`;
  // Slack shows nobody that an event got lost; a script that went on would end green without its answer.
  const told = deliveries.slice(deliveriesBefore).filter((one) => one.kind === 'event');
  const idOf = (delivery: (typeof told)[number]) => (delivery.payload as { event_id?: unknown }).event_id;
  const taken = new Set(told.filter((one) => one.outcome === 'acked').map(idOf));
  const lost = told.find((one) => !taken.has(idOf(one)));
  if (lost) return `the app did not take the event ${lost.type}: ${lost.failure ?? 'no answer'}`;
  const asks =
    ['approve', 'deny', 'use'].includes(line.kind) || (line.kind === 'say' && line.text.startsWith('/'));
  const isFromApp = (event: ClientEvent) =>
    event.kind !== 'message_posted' || event.message.userId === app.botUserId;
  return asks && !seen.some(isFromApp) ? 'the app took it and said nothing' : undefined;
}

function inLine(index: number, line: ScriptLine, error: unknown): string {
  return `Line ${index + 1}, ${formatLine(line)}: ${sentence(error)}`;
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
