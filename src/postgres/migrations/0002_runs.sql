-- Requests, runs and what is owed to Slack. See src/core/README.md for the words.

-- Every verified request, stored before it is acknowledged. The key is the request's own identity in Slack
-- (event id, trigger, view id with hash, action with its timestamp), so a redelivery cannot become a second run.
CREATE TABLE countersign.inbox (
  workspace_id   text        NOT NULL,
  key            text        NOT NULL,
  kind           text        NOT NULL,
  request        jsonb       NOT NULL,
  correlation_id text        NOT NULL,
  -- The process that goes on with it; when that is gone, any other does.
  process_id     text,
  received_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  handled_at     timestamptz,
  -- Set when the person was told that nothing was recorded: such a request is never acted on.
  voided_at      timestamptz,
  PRIMARY KEY (workspace_id, key)
);
CREATE INDEX inbox_received_at ON countersign.inbox (received_at);
CREATE INDEX inbox_open ON countersign.inbox (received_at) WHERE handled_at IS NULL AND voided_at IS NULL;

CREATE TABLE countersign.runs (
  workspace_id    text        NOT NULL,
  id              text        NOT NULL,
  inbox_key       text,
  command         text        NOT NULL,
  command_version integer     NOT NULL,
  risk            text        NOT NULL CHECK (risk IN ('read', 'change', 'dangerous')),
  invocation      text        NOT NULL,
  input           jsonb       NOT NULL,
  requester       text        NOT NULL,
  via             text        NOT NULL,
  -- Where it was asked: { channelId, threadTs, responseUrl, viewId }, each optional.
  origin          jsonb       NOT NULL,
  correlation_id  text        NOT NULL,
  target          text,
  environment     text,
  state           text        NOT NULL CHECK (state IN ('planned', 'awaiting_approval', 'approved', 'executing',
                                'succeeded', 'failed', 'unknown', 'denied', 'expired', 'cancelled', 'refused')),
  plan            jsonb,
  digest          bytea,
  policy          jsonb,
  lock_key        text,
  -- Changes each time a process takes the run up; a process whose token is no longer here has lost the run.
  executor        uuid,
  -- The process of that executor.
  process_id      text,
  attempt         integer     NOT NULL DEFAULT 0,
  progress        jsonb,
  report          jsonb,
  -- The sentence shown when it did not succeed.
  problem         text,
  is_retryable    boolean     NOT NULL DEFAULT false,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at      timestamptz,
  finished_at     timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, inbox_key)
);
-- One run at a time per lock; an unknown outcome keeps it until a person has settled it.
CREATE UNIQUE INDEX runs_one_per_lock ON countersign.runs (workspace_id, coalesce(target, ''), lock_key)
  WHERE lock_key IS NOT NULL AND state IN ('executing', 'unknown');
CREATE INDEX runs_unfinished ON countersign.runs (workspace_id, state)
  WHERE state IN ('planned', 'awaiting_approval', 'approved', 'executing');

-- One external effect each. The row is written before the call and completed after it; a row that began and
-- never ended is what makes an outcome unknown.
CREATE TABLE countersign.steps (
  workspace_id    text        NOT NULL,
  run_id          text        NOT NULL,
  name            text        NOT NULL,
  position        integer     NOT NULL,
  idempotency_key text        NOT NULL,
  is_repeatable   boolean     NOT NULL,
  state           text        NOT NULL CHECK (state IN ('begun', 'succeeded', 'failed', 'unknown')),
  outcome         jsonb,
  problem         text,
  executor        uuid        NOT NULL,
  began_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at        timestamptz,
  PRIMARY KEY (workspace_id, run_id, name),
  FOREIGN KEY (workspace_id, run_id) REFERENCES countersign.runs (workspace_id, id)
);

-- One person's decision on one digest, with a hash of the exact blocks they were shown.
CREATE TABLE countersign.approvals (
  workspace_id text        NOT NULL,
  run_id       text        NOT NULL,
  signer       text        NOT NULL,
  decision     text        NOT NULL CHECK (decision IN ('approved', 'denied')),
  digest       bytea       NOT NULL,
  shown_hash   bytea       NOT NULL,
  decided_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, run_id, signer),
  FOREIGN KEY (workspace_id, run_id) REFERENCES countersign.runs (workspace_id, id)
);

-- What people are owed in Slack: one row per message, rendered from current state when it is sent.
-- `wanted` counts the states worth showing, `sent` the last one shown; the difference is the pending delivery.
CREATE TABLE countersign.messages (
  workspace_id  text        NOT NULL,
  -- `run:<id>:card`, `run:<id>:details:1`, `ledger:checkpoint:<seq>` …
  id            text        NOT NULL,
  -- How it is shown: { kind: 'channel' | 'ephemeral' | 'response_url' | 'view' | 'dm', … }
  place         jsonb       NOT NULL,
  -- For messages that are not a view of a run: what to show, frozen.
  content       jsonb,
  urgency       text        NOT NULL CHECK (urgency IN ('decision', 'critical', 'other', 'progress')),
  wanted        integer     NOT NULL DEFAULT 1,
  -- The process that asked last, or sends: it delivers; when it is gone, any other does.
  process_id    text,
  sent          integer     NOT NULL DEFAULT 0,
  channel_id    text,
  ts            text,
  -- The one sender at work; a claim outlives the longest Slack call, so that an expired one means a dead sender.
  claim         uuid,
  claimed_until timestamptz,
  -- Set before a new post is sent and cleared by its answer: while set without a ts, a post may be out there.
  post_began_at timestamptz,
  attempts      integer     NOT NULL DEFAULT 0,
  last_error    text,
  given_up_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX messages_by_ts ON countersign.messages (workspace_id, channel_id, ts);
CREATE INDEX messages_pending ON countersign.messages (workspace_id, id) WHERE sent < wanted AND given_up_at IS NULL;

-- Which job workers belong to which living process. A process holds the session advisory lock
-- (1129272148, lock_key) for as long as it lives; a row whose lock is free is a dead process.
CREATE TABLE countersign.processes (
  id         text        NOT NULL PRIMARY KEY,
  lock_key   integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
  worker_ids text[]      NOT NULL DEFAULT '{}',
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The policy text each digest stands for, so that a change can be shown as a difference.
CREATE TABLE countersign.policies (
  workspace_id text        NOT NULL,
  digest       text        NOT NULL,
  policy       jsonb       NOT NULL,
  loaded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, digest)
);

-- Who we are in Slack, as last told by auth.test: what lets the process start while Slack is down.
CREATE TABLE countersign.workspaces (
  token_hash   text        NOT NULL PRIMARY KEY,
  workspace_id text        NOT NULL,
  bot_user_id  text        NOT NULL,
  bot_id       text        NOT NULL,
  url          text        NOT NULL,
  seen_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Fails the transaction when a compare-and-swap found nothing to swap: the rest of the decision then travels
-- with it in one round trip, and none of it is kept. SQLSTATE CS001 is ours: classes beginning with C, past 23,
-- are free for applications.
CREATE FUNCTION countersign.expect_one(changed bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF changed IS DISTINCT FROM 1 THEN
    RAISE EXCEPTION 'somebody else decided first' USING ERRCODE = 'CS001';
  END IF;
END $$;
