/**
 * What the app login may do with the ledger: read it, append through the one function that keeps the chain,
 * and add checkpoints. It holds no UPDATE, DELETE, TRUNCATE or TRIGGER privilege, and no INSERT on entries, heads
 * or private text either: `append_ledger_entries` runs as the owner.
 *
 * Statements for the owner to run after migrating; they may be run again. Never call this for the owner role
 * itself (a single DATABASE_URL): the first statement would take the owner's own privileges away.
 *
 * @param appRole the login as a quoted SQL identifier, e.g. `"countersign_app"`.
 */
export function ledgerGrants(appRole: string): string[] {
  const tables =
    'countersign.ledger_heads, countersign.ledger_entries, countersign.ledger_private, countersign.ledger_checkpoints';
  return [
    `REVOKE ALL ON ${tables} FROM ${appRole}`,
    `GRANT USAGE ON SCHEMA countersign TO ${appRole}`,
    `GRANT SELECT ON ${tables} TO ${appRole}`,
    `GRANT INSERT ON countersign.ledger_checkpoints TO ${appRole}`,
    `GRANT EXECUTE ON FUNCTION countersign.append_ledger_entries TO ${appRole}`,
    `GRANT EXECUTE ON FUNCTION countersign.ledger_words(text) TO ${appRole}`,
  ];
}
