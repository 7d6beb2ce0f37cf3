const own = /^(incident|incidents|note|page|runbook)( |$)/;

/**
 * Countersign's own commands about incidents and runbooks: what they do has entries of its own in the record, so that their
 * runs are not told besides.
 */
export function isAboutIncidents(command: string): boolean {
  return own.test(command);
}
