import type { Run } from '../run.ts';
import { footerOf } from './run-card.ts';
import type { RunView } from './run-view.ts';
import { type NameOf, shownText } from './shown-line.ts';

/** A run that changes something and knows what: its cards show the plan, the signatures and the steps. */
export function isGuarded(run: Pick<Run, 'risk' | 'plan' | 'isPlanOnly'>): boolean {
  return run.risk !== 'read' && run.plan !== undefined && !run.isPlanOnly;
}

/** Planned, and waiting for the one who asked to begin it. */
export function isPreview(run: Pick<Run, 'risk' | 'plan' | 'isPlanOnly' | 'state'>): boolean {
  return isGuarded(run) && run.state === 'planned';
}

/** `Suspend acme (production)`: what it is about in a few words, and where, which is as important. */
export function subjectOf({
  plan,
  command,
  environment,
}: Pick<Run, 'plan' | 'command' | 'environment'>): string {
  const action = shownText(plan?.action ?? command, { limit: 40 }).trim() || command;
  return environment === undefined ? action : `${action} (${shownText(environment, { limit: 30 })})`;
}

/** The plan's title begins with the very verb of its action ("Suspend …"): saying both would say it twice. */
export function saysItself({ plan }: Pick<Run, 'plan'>): boolean {
  const [title] = plan?.summary ?? [];
  if (plan === undefined || title === undefined) return false;
  const verb = (text: string) => text.trim().split(/\s+/, 1)[0]?.toLowerCase();
  return verb(shownText(title, { limit: 100 })) === verb(plan.action);
}

/** ` (production)`, before the plan's own title says what; empty without a target. */
export function whereAbout({ environment }: Pick<Run, 'environment'>): string {
  return environment === undefined ? '' : ` (${shownText(environment, { limit: 30 })})`;
}

/** A person's name where it is known, without notifying them. */
export function personName(id: string, nameOf?: NameOf): string {
  return shownText([{ person: id }], { limit: 40, nameOf });
}

export function viewFooter({ run, receipt }: Pick<RunView, 'run' | 'receipt'>, nameOf?: NameOf): string {
  const { id, requester, target, environment } = run;
  return footerOf({ runId: id, requesterId: requester, target, environment, receipt }, nameOf);
}
