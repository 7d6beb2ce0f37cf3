import {
  type AuditLogEntry,
  code,
  date,
  defineCommand,
  type Json,
  type JsonObject,
  type Line,
  type Reading,
  type Report,
  readable,
  type TargetInfo,
  type TenantRef,
  targetRef,
  tenantRef,
  z,
} from '../src/command.ts';

const mask = '••••';
/** The target's client masks already; a settings field it does not know must not bring a password into a channel. */
const secretName =
  /pass(word|wd|phrase)?|secret|token|credential|api_?-?key|private_?-?key|auth_?-?key|dsn$/i;
const changesOnCard = 2;
const mostChanges = 10;
/** Longer values (templates, texts) are no help in a list of settings. */
const longestValue = 120;

export default defineCommand({
  version: 1,
  summary: "Show a tenant's communications settings and who changed them",
  risk: 'read',
  needs: 'communications',
  examples: ['comms-settings acme'],
  args: z.object({ tenant: tenantRef(), target: targetRef() }),
  positionals: ['tenant'],
  async run({ args: { tenant } }, { target }) {
    const [settings, changes] = await Promise.all([
      readable(target.communications.settings(tenant)),
      readable(target.communications.auditLog(tenant, { section: 'communications', limit: mostChanges })),
    ]);
    return report(tenant, target, settings, changes);
  },
});

function report(
  tenant: TenantRef,
  target: TargetInfo,
  settings: Reading<JsonObject>,
  changes: Reading<readonly AuditLogEntry[]>,
): Report {
  const slug = tenant.slug.length <= 24 ? tenant.slug : `${tenant.slug.slice(0, 23)}…`;
  const all = 'value' in settings ? flattened(settings.value) : [];
  const found = 'value' in changes ? changes.value : [];
  const lines: Line[] = [
    ...('value' in changes
      ? found.length === 0
        ? ['Last change: none on record']
        : found
            .slice(0, changesOnCard)
            .map((entry, index) => [index === 0 ? 'Last change: ' : 'Before: ', ...changed(entry)])
      : [`Last change: unknown, ${changes.why}`]),
    'value' in settings
      ? `Settings: ${all.length} in the thread, secrets masked`
      : `Settings: unknown, ${settings.why}`,
  ];
  const details: Line[] = [
    ...all.map(([name, value]): Line => [code(name), `  ${value}`]),
    ...(found.length > changesOnCard
      ? [`Earlier changes, newest first, at most ${mostChanges} in all:`]
      : []),
    ...found.slice(changesOnCard).map(changed),
  ];
  const unread =
    'value' in settings
      ? 'value' in changes
        ? undefined
        : 'last changes of its communications settings'
      : `communications settings${'value' in changes ? '' : ' and their last changes'}`;
  const isUnknown = unread !== undefined || all.length === 0;
  return {
    status: isUnknown ? 'unknown' : 'info',
    headline:
      unread !== undefined
        ? `${slug}: ${unread} could not be read`
        : all.length === 0
          ? `${slug}: the target holds no communications settings`
          : `${slug}: communications settings, ${lastChange(found[0])}`,
    lines,
    ...(details.length === 0 ? {} : { details }),
    ...(unread !== undefined
      ? { next: `See that ${target.name} is well: /ops check-health` }
      : found.length > 0
        ? { next: 'A change just before failures began? Have its actor restore the known-good values.' }
        : {}),
  };
}

function lastChange(entry: AuditLogEntry | undefined): string {
  return entry === undefined
    ? 'no change on record'
    : `last changed ${entry.at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function changed({ at, actor, action, changed: names }: AuditLogEntry): Exclude<Line, string> {
  const what = names.length === 0 ? '' : `: ${names.slice(0, 5).join(', ')}`;
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return [date(at), ` by ${actor}, ${action}${what}${more}`];
}

/** `email.smtp.host`, in the target's own order. */
function flattened(value: Json, path: readonly string[] = []): (readonly [string, string])[] {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) {
    return [[path.join('.'), shown(value.length === 0 ? 'none' : value.join(', '), path)]];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => flattened(inner as Json, [...path, name]));
  }
  return [[path.join('.'), shown(value === null ? 'not set' : String(value), path)]];
}

function shown(text: string, path: readonly string[]): string {
  if (text !== 'not set' && secretName.test(path.at(-1) ?? '')) return mask;
  // smtp://user:password@host
  const masked = text.replace(/(\w:\/\/[^\s:/@]*:)[^\s/@]+@/g, `$1${mask}@`);
  return masked.length <= longestValue ? masked : `${masked.slice(0, longestValue - 1)}…`;
}
