-- What was last found intact of each operated system's audit chain. One row per target and tenant.
CREATE TABLE countersign.audit_checkpoints (
  workspace_id text NOT NULL,
  target text NOT NULL,
  tenant_id text NOT NULL,
  records bigint NOT NULL CHECK (records > 0),
  head_hash text NOT NULL,
  head_id text NOT NULL,
  -- Time of the head; records of this very time are read again, since random ids break no ties.
  boundary_at timestamptz NOT NULL,
  -- Records dated before it, which a later run only counts.
  older_records bigint NOT NULL CHECK (older_records >= 0 AND older_records < records),
  -- Parent of the first record at boundary_at; NULL when that record begins the chain.
  anchor_hash text,
  verified_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, target, tenant_id)
);
