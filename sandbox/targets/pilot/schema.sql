-- The tables of the pilot application that its runbook names, with the indexes such an application has.
CREATE TABLE IF NOT EXISTS "Tenant" (
  "id" uuid PRIMARY KEY,
  "slug" text NOT NULL UNIQUE,
  "name" text NOT NULL,
  "createdAt" timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS "AuditLog" (
  "id" uuid PRIMARY KEY,
  "tenantId" uuid NOT NULL REFERENCES "Tenant" ("id"),
  "actorId" uuid,
  "action" text NOT NULL,
  "metadata" jsonb NOT NULL DEFAULT '{}',
  "prevHash" text,
  "hash" text NOT NULL,
  "createdAt" timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS "AuditLog_tenantId_createdAt_id_idx" ON "AuditLog" ("tenantId", "createdAt", "id");

CREATE TABLE IF NOT EXISTS "CaseEvent" (
  "id" uuid PRIMARY KEY,
  "tenantId" uuid NOT NULL REFERENCES "Tenant" ("id"),
  "caseId" uuid NOT NULL,
  "type" text NOT NULL,
  "payload" jsonb NOT NULL DEFAULT '{}',
  "createdAt" timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS "CaseEvent_tenantId_caseId_createdAt_idx" ON "CaseEvent" ("tenantId", "caseId", "createdAt");

CREATE TABLE IF NOT EXISTS "Communication" (
  "id" uuid PRIMARY KEY,
  "tenantId" uuid NOT NULL REFERENCES "Tenant" ("id"),
  "caseId" uuid NOT NULL,
  "channel" text NOT NULL,
  "recipient" text NOT NULL,
  "status" text NOT NULL,
  "createdAt" timestamptz NOT NULL,
  "sentAt" timestamptz
);
CREATE INDEX IF NOT EXISTS "Communication_tenantId_status_createdAt_idx" ON "Communication" ("tenantId", "status", "createdAt");
