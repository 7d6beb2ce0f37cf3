import type { ClientBase } from 'pg';

/** Fails the transaction unless the policy last loaded in this workspace is this one. */
export async function expectPolicy(client: ClientBase, workspaceId: string, digest: string): Promise<void> {
  await client.query({
    name: 'expect-policy',
    text: 'SELECT countersign.expect_policy($1::text, $2::text)',
    values: [workspaceId, digest],
  });
}
