import type { Incident } from '../../core/incidents/incident.ts';
import { boundedText, cleanTyped } from '../../core/parse/clean-text.ts';
import { quoted } from '../../core/parse/quoted.ts';

/*
 * What the buttons of an incident hold: invocations as a person would type them, read back by the parser when somebody
 * clicks. Titles, tenants and fixes come from outside and are quoted.
 */

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
const longestValue = 2_000;
/** As `commands/incident/update.ts` takes them: a form must not open with an objection to what nobody typed. */
const titleCharacters = { least: 3, most: 150 };
const longestTarget = 80;
const longestTenant = 80;
const mostTenants = 50;
/** People shorten it anyway: it is only what the form begins with. */
const fixCharacters = { least: 3, most: 300 };

/** Everything the form shows as it is now. What has no room is left out, and so is kept as it is. */
export function updateInvocation(incident: Incident): string {
  const { id, severity, status, title, target, tenants, commander } = incident;
  return withFlags(`incident update ${id}`, [
    `--severity ${severity}`,
    ...(status === 'resolved' ? [] : [`--status ${status}`]),
    ...flag('title', title, titleCharacters),
    ...flag('target', target, { least: 1, most: longestTarget }),
    ...(isSlackId(commander) ? [`--commander ${commander}`] : []),
    // All or none: half of the tenants would be taken for all of them.
    tenantFlags(tenants),
  ]);
}

/** `runbook "email-outage" --incident i-7k2m9q4x`; quoted, or it could be read as the command `runbook list`. */
export function runbookInvocation({ id }: Pick<Incident, 'id'>, name: string | undefined): string {
  const words = name === undefined ? 'runbook' : `runbook ${quoted(cleanTyped(name), true)}`;
  return `${words.length > longestValue - 60 ? 'runbook' : words} --incident ${id}`;
}

export function resolveInvocation({ id }: Pick<Incident, 'id'>, fix: string | undefined): string {
  return withFlags(
    `incident resolve ${id}`,
    flag('fix', boundedText(cleanTyped(fix ?? ''), fixCharacters.most), fixCharacters),
  );
}

export type IncidentAct = 'severity' | 'commander' | 'link' | 'page' | 'export' | 'reopen' | 'postmortem';

/** At most 75 characters, as an option of a menu allows. @example actInvocation('export', incident) // incident export i-… */
export function actInvocation(act: IncidentAct, { id }: Pick<Incident, 'id'>): string {
  return `incident ${act} ${id}`;
}

function withFlags(begin: string, flags: readonly string[]): string {
  return flags.reduce((words, one) => {
    const longer = one === '' ? words : `${words} ${one}`;
    return longer.length > longestValue ? words : longer;
  }, begin);
}

function flag(
  name: string,
  value: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): string[] {
  const words = cleanTyped(value ?? '').trim();
  // Its length is counted there in characters, which may be two units each.
  return [...words].length < least || words.length > most ? [] : [`--${name} ${quoted(words)}`];
}

function tenantFlags(tenants: readonly string[]): string {
  const names = tenants.map((tenant) => cleanTyped(tenant).trim());
  const areTaken = names.every((name) => name !== '' && name.length <= longestTenant);
  if (!areTaken || names.length > mostTenants) return '';
  return names.map((name) => `--tenants ${quotedItem(name)}`).join(' ');
}

/** A comma in it ends no item of the list. */
function quotedItem(name: string): string {
  return name.includes(',') ? quoted(name, true).replaceAll(',', '\\,') : quoted(name);
}

function isSlackId(id: string | undefined): boolean {
  return id !== undefined && /^[UW][A-Z0-9]{2,30}$/.test(id);
}
