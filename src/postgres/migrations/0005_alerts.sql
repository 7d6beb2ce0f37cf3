-- Alerts: what monitoring sources said, the groups made of it, silences, who was woken, incidents begun from a card.

-- Bodies as they came, before anything is made of them.
CREATE TABLE countersign.deliveries (
  workspace_id  text        NOT NULL,
  id            bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  source        text        NOT NULL,
  -- The source's own, where it is the same when it is sent again.
  delivery_id   text,
  method        text        NOT NULL,
  -- Without those that prove anything.
  headers       jsonb       NOT NULL,
  body          bytea       NOT NULL,
  bytes         integer     NOT NULL,
  body_hash     bytea       NOT NULL,
  received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  processed_at  timestamptz,
  problem       text,
  PRIMARY KEY (workspace_id, id)
);
-- Compressing takes longer than writing, and a sender waits for it.
ALTER TABLE countersign.deliveries ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX deliveries_known ON countersign.deliveries (workspace_id, source, delivery_id)
  WHERE delivery_id IS NOT NULL;
CREATE INDEX deliveries_waiting ON countersign.deliveries (workspace_id, id) WHERE processed_at IS NULL;
CREATE INDEX deliveries_received ON countersign.deliveries (workspace_id, source, received_at);

CREATE TABLE countersign.alert_groups (
  workspace_id  text        NOT NULL,
  id            text        NOT NULL,
  source        text        NOT NULL,
  key           text        NOT NULL,
  -- The one new alerts of this key join.
  is_current    boolean     NOT NULL,
  state         text        NOT NULL CHECK (state IN ('firing', 'resolved')),
  severity      text        NOT NULL,
  channel       text        NOT NULL,
  digest_id     integer,
  silence_id    integer,
  first_seen_at timestamptz NOT NULL,
  opened_at     timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL,
  resolved_at   timestamptz,
  -- Everything else a card shows or a decision needs; read and written whole.
  state_data    jsonb       NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX alert_groups_current ON countersign.alert_groups (workspace_id, source, key) WHERE is_current;
CREATE INDEX alert_groups_firing ON countersign.alert_groups (workspace_id, channel) WHERE state = 'firing';
CREATE INDEX alert_groups_opened ON countersign.alert_groups (workspace_id, channel, opened_at);
CREATE INDEX alert_groups_digest ON countersign.alert_groups (workspace_id, digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX alert_groups_silence ON countersign.alert_groups (workspace_id, silence_id) WHERE silence_id IS NOT NULL;

-- The alerts of a group, by their fingerprint.
CREATE TABLE countersign.alerts (
  workspace_id  text        NOT NULL,
  group_id      text        NOT NULL,
  fingerprint   text        NOT NULL,
  state         text        NOT NULL CHECK (state IN ('firing', 'resolved')),
  severity      text        NOT NULL,
  labels        jsonb       NOT NULL,
  summary       text,
  starts_at     timestamptz,
  first_seen_at timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL,
  resolved_at   timestamptz,
  source_order  double precision,
  count         integer     NOT NULL,
  PRIMARY KEY (workspace_id, group_id, fingerprint),
  FOREIGN KEY (workspace_id, group_id) REFERENCES countersign.alert_groups (workspace_id, id) ON DELETE CASCADE
);

-- Of what only the rate says anything: the newest times.
CREATE TABLE countersign.alert_samples (
  workspace_id text          NOT NULL,
  source       text          NOT NULL,
  key          text          NOT NULL,
  fingerprint  text          NOT NULL,
  times        timestamptz[] NOT NULL,
  PRIMARY KEY (workspace_id, source, key, fingerprint)
);

CREATE TABLE countersign.alert_digests (
  workspace_id text        NOT NULL,
  id           integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
  channel      text        NOT NULL,
  begun_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE countersign.silences (
  workspace_id text        NOT NULL,
  id           integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
  source       text,
  key          text,
  match        jsonb       NOT NULL,
  owner        text        NOT NULL,
  reason       text        NOT NULL,
  begun_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  until        timestamptz NOT NULL,
  ended_at     timestamptz,
  ended_by     text,
  -- Of the command that asked for it: run again after a crash, it begins no second one.
  run_id       text,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX silences_one_per_run ON countersign.silences (workspace_id, run_id) WHERE run_id IS NOT NULL;

-- What each silence has hidden so far: a silenced group is counted.
CREATE TABLE countersign.silenced_groups (
  workspace_id text    NOT NULL,
  silence_id   integer NOT NULL,
  group_id     text    NOT NULL,
  alerts       integer NOT NULL,
  PRIMARY KEY (workspace_id, silence_id, group_id)
);

CREATE TABLE countersign.alert_sources (
  workspace_id       text        NOT NULL,
  source             text        NOT NULL,
  -- Watched from the first time it was configured, also before it ever spoke.
  last_seen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  has_spoken         boolean     NOT NULL DEFAULT false,
  is_silent          boolean     NOT NULL DEFAULT false,
  -- Above 0: the source's clock is ahead.
  clock_skew_seconds double precision,
  PRIMARY KEY (workspace_id, source)
);
CREATE TABLE countersign.alert_source_events (
  workspace_id text        NOT NULL,
  source       text        NOT NULL,
  hour         timestamptz NOT NULL,
  outcome      text        NOT NULL,
  event        text        NOT NULL,
  count        bigint      NOT NULL,
  last_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  detail       text,
  PRIMARY KEY (workspace_id, source, hour, outcome, event)
);

-- What PagerDuty is to be told, in this order for each group.
CREATE TABLE countersign.pages (
  workspace_id text        NOT NULL,
  id           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  group_id     text        NOT NULL,
  action       text        NOT NULL CHECK (action IN ('trigger', 'acknowledge', 'resolve')),
  asked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts     integer     NOT NULL DEFAULT 0,
  -- One process sends it at a time.
  claimed_until timestamptz,
  sent_at      timestamptz,
  -- Refused for good.
  problem      text,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX pages_waiting ON countersign.pages (workspace_id, group_id, id) WHERE sent_at IS NULL AND problem IS NULL;

-- What people call the tenants that alerts name by id, as a target said; NULL: no target knows it.
CREATE TABLE countersign.alert_tenants (
  workspace_id text        NOT NULL,
  tenant       text        NOT NULL,
  name         text,
  read_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, tenant)
);

CREATE TABLE countersign.incidents (
  workspace_id text        NOT NULL,
  id           text        NOT NULL,
  group_id     text,
  title        text        NOT NULL,
  started_by   text        NOT NULL,
  started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX incidents_one_per_group ON countersign.incidents (workspace_id, group_id) WHERE group_id IS NOT NULL;

-- The receipt on a card. What the ledger says of alerts is a small part of it.
CREATE INDEX ledger_entries_alert_group
  ON countersign.ledger_entries (workspace_id, ((body::jsonb) -> 'facts' ->> 'group'), seq)
  WHERE kind IN ('alert.woke', 'alert.escalated', 'alert.acknowledged', 'alert.closed', 'alert.severity_set', 'incident.started');
