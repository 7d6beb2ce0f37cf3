import type { ActionResult, ClientState } from '../slack/client-api.ts';
import type { SlackWorkspace } from '../slack/server.ts';
import { userId } from './form-field.ts';
import { ScriptProblem } from './script-problem.ts';
import type { Threads } from './threads.ts';
import type { Transcript } from './transcript.ts';

/** What the lines of a script are played on. */
export interface Stage {
  readonly workspace: SlackWorkspace;
  readonly transcript: Transcript;
  readonly threads: Threads;
  /** Resolves when nothing is pending any more. @throws Error when that takes too long */
  readonly settle: () => Promise<void>;
  /** Monitoring that sends samples. */
  readonly alerts: ScriptAlerts | undefined;
}

/** What `alert …` lines are played on. */
export interface ScriptAlerts {
  /** Why there is no such sample, naming those there are; undefined when it can be sent. */
  problemWith(sample: string): string | undefined;
  /** Resolves when the app has taken it. @throws Error with what the app said instead */
  send(sample: string): Promise<void>;
}

type Person = ReturnType<SlackWorkspace['as']>;

/** One person of the script, by the name people know them by. */
export interface Player {
  readonly name: string;
  readonly person: Person;
}

/** @throws ScriptProblem naming who there is */
export function playerNamed({ workspace }: Pick<Stage, 'workspace'>, who: string): Player {
  const { directory } = workspace;
  const id = userId(directory, who);
  const user = id === undefined ? undefined : directory.user(id);
  if (user) return { name: user.name, person: workspace.as(user.id) };
  const people = directory.users.filter((one) => !one.isBot && !one.isDeactivated).map((one) => one.name);
  throw new ScriptProblem(`nobody is called "${who}"; there are ${people.join(', ')}`);
}

/** @throws ScriptProblem naming the channels there are */
export function channelNamed({ workspace }: Pick<Stage, 'workspace'>, name: string): string {
  const channels = workspace.directory.conversations.filter((one) => one.kind !== 'im');
  const wanted = name.toLowerCase();
  const found = channels.find((one) => [one.id, one.name].some((known) => known.toLowerCase() === wanted));
  if (found) return found.id;
  throw new ScriptProblem(
    `there is no channel "#${name}"; there are ${channels.map((one) => `#${one.name}`).join(', ')}`,
  );
}

/** The modal on top. @throws ScriptProblem when none is open */
export function openModal({ name, person }: Player): ClientState['views'][number] {
  const modal = person.state().views.at(-1);
  if (!modal) throw new ScriptProblem(`${name} has no modal open`);
  return modal;
}

/** @throws ScriptProblem when Slack itself, or the app's silence, stood in the way */
export function mustSucceed({ name }: Player, result: ActionResult): void {
  if (result.ok) return;
  const error = result.error ?? 'no reason given';
  const known: Readonly<Record<string, string>> = {
    not_in_channel: `${name} is not in that channel`,
    is_archived: 'that channel is archived',
    account_inactive: `${name}'s account is deactivated`,
    user_is_bot: `${name} is a bot and cannot do that`,
    element_not_found: 'what was to be clicked belongs to another app, or is gone',
  };
  const isThreadCommand = error.includes('not supported in threads');
  const hint = isThreadCommand ? ' Mention the app there instead.' : '';
  throw new ScriptProblem(known[error] ?? `Slack says: ${error}${hint}`);
}
