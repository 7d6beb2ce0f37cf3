/**
 * Every key carries its workspace, so that workspaces sharing one Redis never meet. The braces make the
 * workspace the cluster's hash slot: a script may then touch several keys of one workspace.
 */
export function redisKey(workspaceId: string, key: string): string {
  return `countersign:{${workspaceId}}:${key}`;
}
