/** Who we are in Slack. */
export interface Identity {
  readonly workspaceId: string;
  readonly botUserId: string;
  readonly botId: string;
  /** e.g. `https://acme.slack.com/`. */
  readonly url: string;
}

/** What Slack last said a token belongs to, so that the process can start while Slack is down. */
export interface IdentityMemory {
  remember(tokenHash: string, identity: Identity): Promise<void>;
  recall(tokenHash: string): Promise<Identity | undefined>;
}
