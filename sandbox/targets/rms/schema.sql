-- The tables of the sample RMS, in a schema of their own so that they never meet another application's.
CREATE SCHEMA IF NOT EXISTS rms;

CREATE TABLE IF NOT EXISTS rms.tenants (
  id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  name text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'suspended')),
  suspension_reason text,
  suspension_effective_at timestamptz,
  is_in_maintenance boolean NOT NULL DEFAULT false,
  active_users integer NOT NULL CHECK (active_users >= 0),
  owner_email text NOT NULL,
  CHECK ((status = 'suspended') = (suspension_reason IS NOT NULL))
);

CREATE TABLE IF NOT EXISTS rms.invoices (
  id text PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES rms.tenants,
  amount_cents integer NOT NULL CHECK (amount_cents > 0),
  currency text NOT NULL,
  due_at timestamptz NOT NULL,
  paid_at timestamptz
);
CREATE INDEX IF NOT EXISTS invoices_unpaid ON rms.invoices (tenant_id) WHERE paid_at IS NULL;

-- A quota has a limit and a counter of what is used, which can be paused.
CREATE TABLE IF NOT EXISTS rms.quotas (
  tenant_id uuid NOT NULL REFERENCES rms.tenants,
  name text NOT NULL,
  current_limit integer NOT NULL,
  original_limit integer NOT NULL,
  is_counter_paused boolean NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

CREATE TABLE IF NOT EXISTS rms.notifications (
  id text PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES rms.tenants,
  channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'in_app')),
  event text NOT NULL,
  recipient text NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'failed', 'sent', 'delivered')),
  reason text,
  created_at timestamptz NOT NULL,
  failed_at timestamptz,
  -- When the worker sends a pending one; null while it waits for something else.
  sends_at timestamptz,
  -- What the provider will answer when it is sent again.
  on_resend text NOT NULL DEFAULT 'sent' CHECK (on_resend IN ('sent', 'mailbox_full', 'already_delivered')),
  CHECK (status <> 'failed' OR (reason IS NOT NULL AND failed_at IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS notifications_by_tenant ON rms.notifications (tenant_id, status, created_at);

-- Communication settings; the row without a tenant holds what tenants without an own row use.
CREATE TABLE IF NOT EXISTS rms.communication_settings (
  tenant_id uuid UNIQUE NULLS NOT DISTINCT REFERENCES rms.tenants,
  settings jsonb NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS rms.audit_log (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  entity text NOT NULL CHECK (entity IN ('tenant', 'settings')),
  entity_id text NOT NULL,
  section text,
  changed text[] NOT NULL,
  reason text
);
CREATE INDEX IF NOT EXISTS audit_log_by_entity ON rms.audit_log (entity, entity_id, at);

CREATE TABLE IF NOT EXISTS rms.test_emails (
  id text PRIMARY KEY,
  recipient text NOT NULL,
  tenant_id uuid REFERENCES rms.tenants,
  created_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS rms.releases (
  version text PRIMARY KEY,
  deployed_at timestamptz NOT NULL,
  schema text NOT NULL,
  runs_on_oldest text,
  runs_on_newest text
);
CREATE TABLE IF NOT EXISTS rms.migrations (
  name text PRIMARY KEY,
  is_applied boolean NOT NULL
);
-- Depth is what it was when the process started, and what has been added or worked off a second since then.
CREATE TABLE IF NOT EXISTS rms.queues (
  name text PRIMARY KEY,
  depth integer NOT NULL,
  change_per_second double precision NOT NULL
);
-- Which of the deployments the three tables above hold.
CREATE TABLE IF NOT EXISTS rms.deployment (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  situation text NOT NULL
);

-- One row for each effect really made, written in the effect's own transaction.
CREATE TABLE IF NOT EXISTS rms.effects (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  endpoint text NOT NULL,
  entity_id text NOT NULL,
  actor text NOT NULL,
  idempotency_key text,
  correlation_id text NOT NULL,
  body_sha256 text NOT NULL
);

CREATE TABLE IF NOT EXISTS rms.idempotency_keys (
  key text PRIMARY KEY,
  -- Method, path and body of the request the key was first used for.
  request_sha256 text NOT NULL,
  status integer NOT NULL,
  body jsonb NOT NULL,
  at timestamptz NOT NULL
);

-- Switches and levels of the whole system, by name (`flag:sync`, `log-level`, …); one without a row is as it came.
CREATE TABLE IF NOT EXISTS rms.switches (
  name text PRIMARY KEY,
  value jsonb NOT NULL,
  changed_at timestamptz NOT NULL
);
-- What was said to people or filed for them.
CREATE TABLE IF NOT EXISTS rms.broadcasts (
  id text PRIMARY KEY,
  tenant_id uuid REFERENCES rms.tenants,
  subject text NOT NULL,
  body text NOT NULL,
  channels text[] NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS rms.tickets (
  id text PRIMARY KEY,
  title text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS rms.issue_comments (
  id text PRIMARY KEY,
  issue_id text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL
);
-- What was begun, and when: a restart, a restore, a retry of the sync, an emptied queue, sessions that were ended.
CREATE TABLE IF NOT EXISTS rms.begun (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('restart', 'restore', 'sync_retry', 'drain', 'requeue', 'revoke_sessions')),
  -- The service, the snapshot, the queue or the tenant's id.
  about text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS begun_by_kind ON rms.begun (kind, about, at);
