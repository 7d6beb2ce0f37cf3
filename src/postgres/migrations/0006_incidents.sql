-- Incidents with a life of their own, their timers and notes; runbooks that were started; which runs belong to them.

ALTER TABLE countersign.incidents RENAME COLUMN started_by TO declared_by;
ALTER TABLE countersign.incidents RENAME COLUMN started_at TO declared_at;
ALTER TABLE countersign.incidents
  ADD COLUMN severity text NOT NULL DEFAULT 'SEV2' CHECK (severity IN ('SEV1', 'SEV2', 'SEV3', 'SEV4')),
  ADD COLUMN status   text NOT NULL DEFAULT 'investigating'
    CHECK (status IN ('investigating', 'identified', 'monitoring', 'resolved')),
  ADD COLUMN origin   text NOT NULL DEFAULT 'alert' CHECK (origin IN ('command', 'alert', 'message', 'break_glass')),
  ADD COLUMN target   text,
  -- The message, or the command, it was declared from: each stands for one incident.
  ADD COLUMN declared_from text,
  -- Everything else the headline shows; read and written whole.
  ADD COLUMN data     jsonb NOT NULL DEFAULT '{"tenants": []}';
CREATE UNIQUE INDEX incidents_one_per_declaration ON countersign.incidents (workspace_id, declared_from)
  WHERE declared_from IS NOT NULL;
CREATE INDEX incidents_declared ON countersign.incidents (workspace_id, declared_at);

-- The groups of alerts that belong to an incident; each to one at most.
CREATE TABLE countersign.incident_alerts (
  workspace_id text        NOT NULL,
  group_id     text        NOT NULL,
  incident_id  text        NOT NULL,
  linked_by    text        NOT NULL,
  linked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, group_id),
  FOREIGN KEY (workspace_id, incident_id) REFERENCES countersign.incidents (workspace_id, id)
);
CREATE INDEX incident_alerts_of ON countersign.incident_alerts (workspace_id, incident_id);
INSERT INTO countersign.incident_alerts (workspace_id, group_id, incident_id, linked_by, linked_at)
  SELECT workspace_id, group_id, id, declared_by, declared_at FROM countersign.incidents WHERE group_id IS NOT NULL;
ALTER TABLE countersign.incidents DROP COLUMN group_id;

-- When something comes due, by this database's clock.
CREATE TABLE countersign.incident_timers (
  workspace_id text        NOT NULL,
  incident_id  text        NOT NULL,
  kind         text        NOT NULL,
  due_at       timestamptz NOT NULL,
  state        text        NOT NULL CHECK (state IN ('waiting', 'over', 'cancelled')),
  -- How often it was set: each time tells people at most once.
  times        integer     NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, incident_id, kind)
);

-- Which words of which message are in the record already.
CREATE TABLE countersign.incident_notes (
  workspace_id text  NOT NULL,
  incident_id  text  NOT NULL,
  channel_id   text  NOT NULL,
  ts           text  NOT NULL,
  text_hash    bytea NOT NULL,
  PRIMARY KEY (workspace_id, incident_id, channel_id, ts, text_hash)
);

ALTER TABLE countersign.runs
  ADD COLUMN incident_id  text,
  ADD COLUMN runbook_id   text,
  ADD COLUMN runbook_step text;
CREATE INDEX runs_of_incident ON countersign.runs (workspace_id, incident_id, created_at) WHERE incident_id IS NOT NULL;
CREATE INDEX runs_of_runbook ON countersign.runs (workspace_id, runbook_id) WHERE runbook_id IS NOT NULL;

-- Runbooks that were started, each on the version it began with.
CREATE TABLE countersign.runbook_instances (
  workspace_id text        NOT NULL,
  id           text        NOT NULL,
  name         text        NOT NULL,
  incident_id  text,
  state        text        NOT NULL CHECK (state IN ('active', 'finished', 'stopped')),
  started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The command that started it: run again after a crash, it starts no second one.
  run_id       text,
  definition   jsonb       NOT NULL,
  data         jsonb       NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX runbook_instances_incident ON countersign.runbook_instances (workspace_id, incident_id);
CREATE UNIQUE INDEX runbook_instances_one_per_run ON countersign.runbook_instances (workspace_id, run_id)
  WHERE run_id IS NOT NULL;

-- Whose review was reminded of; once for each date.
CREATE TABLE countersign.runbook_reviews (
  workspace_id text        NOT NULL,
  name         text        NOT NULL,
  review_by    date        NOT NULL,
  reminded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, name, review_by)
);

-- The threads in which a glass was broken are incidents from now on; their first message becomes the headline.
INSERT INTO countersign.incidents (workspace_id, id, title, declared_by, declared_at, severity, status, origin, target, data)
  SELECT review.workspace_id, 'i-' || substr(review.run_id, 3), 'Glass broken: ' || left(run.invocation, 120),
    review.broken_by, review.broken_at, 'SEV2', CASE WHEN review.reviewed_by IS NULL THEN 'monitoring' ELSE 'resolved' END,
    'break_glass', run.target,
    jsonb_build_object('tenants', '[]'::jsonb, 'environment', run.environment, 'commander', review.broken_by)
      || CASE WHEN review.reviewed_by IS NULL THEN '{}'::jsonb
         ELSE jsonb_build_object('resolution', jsonb_build_object('by', review.reviewed_by, 'at', review.reviewed_at,
           'fix', 'Reviewed')) END
  FROM countersign.reviews AS review JOIN countersign.runs AS run
    ON run.workspace_id = review.workspace_id AND run.id = review.run_id;
UPDATE countersign.runs AS run SET incident_id = 'i-' || substr(run.id, 3)
  FROM countersign.reviews AS review WHERE review.workspace_id = run.workspace_id AND review.run_id = run.id;
UPDATE countersign.messages SET place = jsonb_set(place, '{messageId}', to_jsonb(
    'incident:i-' || substr(split_part(place ->> 'messageId', ':', 2), 3) || ':headline'))
  WHERE place ->> 'kind' = 'thread_of' AND place ->> 'messageId' ~ '^run:r-[^:]+:incident$';
UPDATE countersign.messages SET id = 'incident:i-' || substr(split_part(id, ':', 2), 3) || ':headline'
  WHERE id ~ '^run:r-[^:]+:incident$';
-- What stands there is not a headline yet. Those of incidents that are over stay as they were read.
UPDATE countersign.messages AS message SET wanted = wanted + 1
  FROM countersign.incidents AS incident
  WHERE message.workspace_id = incident.workspace_id AND message.id = 'incident:' || incident.id || ':headline'
    AND incident.status <> 'resolved' AND message.sent > 0;

-- New rows say all of it themselves.
ALTER TABLE countersign.incidents
  ALTER COLUMN severity DROP DEFAULT, ALTER COLUMN status DROP DEFAULT, ALTER COLUMN origin DROP DEFAULT,
  ALTER COLUMN data DROP DEFAULT;
