-- Changes to production: what was signed, by whom, under which terms; timers; lockdown; reviews.

ALTER TABLE countersign.runs
  -- The plan as it was made again right before the first step: what was signed, or less.
  ADD COLUMN performed           jsonb,
  ADD COLUMN is_plan_only        boolean NOT NULL DEFAULT false,
  ADD COLUMN undo_of             text,
  -- Compared with the database's clock inside the deciding transaction.
  ADD COLUMN expires_at          timestamptz,
  ADD COLUMN ended_by            text,
  ADD COLUMN cancel_requested_by text,
  -- What makes two requests the same: command, target and arguments. Set while it waits for people.
  ADD COLUMN request_key         bytea;
-- A second identical request is shown the card of the first. A preview nobody has confirmed is no request yet.
CREATE UNIQUE INDEX runs_one_waiting ON countersign.runs (workspace_id, request_key)
  WHERE request_key IS NOT NULL AND state IN ('awaiting_approval', 'approved');
-- Runs that wait for a lock.
CREATE INDEX runs_waiting_for_lock ON countersign.runs (workspace_id, coalesce(target, ''), lock_key)
  WHERE lock_key IS NOT NULL AND state = 'approved';
-- `limit: 3/hour` counts these.
CREATE INDEX runs_started ON countersign.runs (workspace_id, command, started_at)
  WHERE started_at IS NOT NULL AND risk <> 'read';

ALTER TABLE countersign.approvals DROP CONSTRAINT approvals_decision_check;
ALTER TABLE countersign.approvals
  ADD CONSTRAINT approvals_decision_check CHECK (decision IN ('approved', 'denied', 'broke_glass'));

-- Of the blocks Slack was last given, so that a signature can say what was shown.
ALTER TABLE countersign.messages ADD COLUMN shown_hash bytea;
CREATE INDEX messages_by_view ON countersign.messages (workspace_id, (place->>'viewId')) WHERE place->>'kind' = 'view';

-- While a row is not lifted nothing but reads runs.
CREATE TABLE countersign.lockdowns (
  workspace_id text        NOT NULL,
  id           integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
  begun_by     text        NOT NULL,
  reason       text,
  begun_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  lifted_at    timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX lockdowns_one_at_a_time ON countersign.lockdowns (workspace_id) WHERE lifted_at IS NULL;
CREATE TABLE countersign.lockdown_lifts (
  workspace_id text        NOT NULL,
  lockdown_id  integer     NOT NULL,
  person       text        NOT NULL,
  lifted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, lockdown_id, person),
  FOREIGN KEY (workspace_id, lockdown_id) REFERENCES countersign.lockdowns (workspace_id, id)
);

-- Somebody has to look at every broken glass the next day.
CREATE TABLE countersign.reviews (
  workspace_id text        NOT NULL,
  run_id       text        NOT NULL,
  broken_by    text        NOT NULL,
  reason       text        NOT NULL,
  broken_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_at       timestamptz NOT NULL,
  reviewed_by  text,
  reviewed_at  timestamptz,
  PRIMARY KEY (workspace_id, run_id),
  FOREIGN KEY (workspace_id, run_id) REFERENCES countersign.runs (workspace_id, id)
);

-- Replicas whose policy is not the one last loaded must not execute: the rest of the decision travels with this
-- and is not kept.
CREATE FUNCTION countersign.expect_policy(workspace text, expected text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  latest text;
BEGIN
  SELECT digest INTO latest FROM countersign.policies WHERE workspace_id = workspace ORDER BY loaded_at DESC LIMIT 1;
  IF latest IS DISTINCT FROM expected THEN
    RAISE EXCEPTION 'another policy is in force' USING ERRCODE = 'CS002';
  END IF;
END $$;
