CREATE SCHEMA IF NOT EXISTS countersign;

-- The ledger: one hash chain per workspace. docs/decisions/0003-ledger-format.md states the exact bytes.
-- The app login may read these tables and call append_ledger_entries, nothing else (src/postgres/ledger-grants.ts).
-- The triggers below bind the owner too. A superuser can switch them off; that is what checkpoints are for.

CREATE TABLE countersign.ledger_heads (
  workspace_id text PRIMARY KEY CHECK (workspace_id <> ''),
  seq integer NOT NULL CHECK (seq >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 50); -- updated on every append: free space keeps those updates on the same page

CREATE TABLE countersign.ledger_entries (
  workspace_id text NOT NULL,
  seq integer NOT NULL CHECK (seq >= 1),
  -- Projections of `body`, filled in by the insert trigger and compared with it by every verification.
  at timestamptz(3) NOT NULL,
  actor text NOT NULL,
  via text NOT NULL,
  kind text NOT NULL,
  run_id text,
  incident_id text,
  -- The exact canonical text that was hashed, as UTF-8. `text`, not `jsonb`: jsonb would reorder and reformat it.
  body text NOT NULL,
  prev_hash bytea NOT NULL CHECK (octet_length(prev_hash) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (workspace_id, seq),
  -- Two entries on one parent would be a fork.
  UNIQUE (workspace_id, prev_hash)
);

-- What may have to be forgotten: the chain holds only SHA-256 commitments to it. Deleting a row erases it.
CREATE TABLE countersign.ledger_private (
  workspace_id text NOT NULL,
  seq integer NOT NULL,
  field text NOT NULL,
  -- Whom the text is about: what an erasure asks for.
  person text NOT NULL,
  -- Erased with the text: without it a short text cannot be guessed back from its commitment.
  salt bytea NOT NULL CHECK (octet_length(salt) = 32),
  text text NOT NULL,
  PRIMARY KEY (workspace_id, seq, field)
);
CREATE INDEX ledger_private_person ON countersign.ledger_private (workspace_id, person);

CREATE TABLE countersign.ledger_checkpoints (
  workspace_id text NOT NULL,
  seq integer NOT NULL CHECK (seq >= 1),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  at timestamptz(3) NOT NULL,
  key_id text NOT NULL CHECK (key_id ~ '^[0-9a-f]{16}$'),
  signature bytea NOT NULL CHECK (octet_length(signature) = 64),
  -- SPKI, so that exports stay checkable after the key is rotated. It says who signed, not whom to trust.
  public_key bytea NOT NULL,
  PRIMARY KEY (workspace_id, seq, at, key_id)
);

-- ------------------------------------------------------------------------------------------------ search

-- What `/ops history acme` looks among: every word of the entry's own text, lower-cased, and the parts of its
-- kind. An index over an expression, not a column: there is nothing stored that could disagree with the body.
CREATE FUNCTION countersign.ledger_words(body text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  -- About 50 us a call. With the default cost of 100 the planner prefers calling it on every row to the index.
  COST 5000
  RETURN (
    SELECT coalesce(array_agg(DISTINCT words.word), '{}')
    FROM (
      SELECT btrim(regexp_split_to_table(lower(leaf #>> '{}'), '\s+'), '/.,:;!?"''`()<>@') AS word
      FROM jsonb_path_query(body::jsonb - '{private,workspace,at}'::text[], '$.** ? (@.type() == "string")') AS leaf
      UNION ALL
      SELECT regexp_split_to_table(lower(body::jsonb ->> 'kind'), '\.')
    ) AS words
    WHERE words.word <> '' AND length(words.word) <= 100
  );

CREATE INDEX ledger_entries_words ON countersign.ledger_entries USING gin (countersign.ledger_words(body));
CREATE INDEX ledger_entries_actor ON countersign.ledger_entries (workspace_id, actor, seq);
CREATE INDEX ledger_entries_run ON countersign.ledger_entries (workspace_id, run_id, seq) WHERE run_id IS NOT NULL;
CREATE INDEX ledger_entries_incident ON countersign.ledger_entries (workspace_id, incident_id, seq)
  WHERE incident_id IS NOT NULL;

-- ---------------------------------------------------------------------------------------- only ever grows

CREATE FUNCTION countersign.refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The ledger only grows: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation',
          HINT = 'Append an entry that corrects the record. To forget a person''s private text, use "ledger erase".';
END $$;

CREATE TRIGGER ledger_entries_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON countersign.ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION countersign.refuse_ledger_change();
CREATE TRIGGER ledger_checkpoints_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON countersign.ledger_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION countersign.refuse_ledger_change();
CREATE TRIGGER ledger_heads_stay BEFORE DELETE OR TRUNCATE ON countersign.ledger_heads
  FOR EACH STATEMENT EXECUTE FUNCTION countersign.refuse_ledger_change();
-- DELETE is how the owner erases; a changed text would no longer match its commitment.
CREATE TRIGGER ledger_private_stays BEFORE UPDATE OR TRUNCATE ON countersign.ledger_private
  FOR EACH STATEMENT EXECUTE FUNCTION countersign.refuse_ledger_change();

-- A head begins at nothing and follows its entries one by one; it can be neither rewound nor moved ahead.
CREATE FUNCTION countersign.check_ledger_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- This fires before ON CONFLICT looks: where the head is already there, the primary key decides. Both
    -- questions in one statement, so that they see the same moment of a first append that is just committing.
    IF NEW.seq <> 0 OR NEW.hash <> decode(repeat('00', 32), 'hex')
       OR (EXISTS (SELECT FROM countersign.ledger_entries e WHERE e.workspace_id = NEW.workspace_id)
           AND NOT EXISTS (SELECT FROM countersign.ledger_heads h WHERE h.workspace_id = NEW.workspace_id)) THEN
      RAISE EXCEPTION 'The ledger head of "%" can only begin at seq 0 with no entries', NEW.workspace_id
        USING ERRCODE = 'restrict_violation';
    END IF;
  ELSIF NEW.workspace_id <> OLD.workspace_id OR NEW.seq <> OLD.seq + 1
     OR NOT EXISTS (
       SELECT FROM countersign.ledger_entries e
       WHERE e.workspace_id = NEW.workspace_id AND e.seq = NEW.seq
         AND e.prev_hash = OLD.hash AND e.hash = NEW.hash
     ) THEN
    RAISE EXCEPTION 'The ledger head of "%" moves only from #% to the entry after it, not to #%',
      OLD.workspace_id, OLD.seq, NEW.seq USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_head_follows_entries BEFORE INSERT OR UPDATE ON countersign.ledger_heads
  FOR EACH ROW EXECUTE FUNCTION countersign.check_ledger_head();

-- Whoever inserts, an entry is the next one of its chain, hashed right, and its columns are its body's.
-- The bytes before the first NUL are 'countersign.ledger.entry.v1' (src/core/ledger/entry.ts).
CREATE FUNCTION countersign.check_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  head countersign.ledger_heads;
  document jsonb := NEW.body::jsonb;
BEGIN
  SELECT * INTO head FROM countersign.ledger_heads h WHERE h.workspace_id = NEW.workspace_id FOR UPDATE;
  IF head IS NULL OR NEW.seq <> head.seq + 1 OR NEW.prev_hash <> head.hash THEN
    RAISE EXCEPTION 'Entry #% of "%" is not the next of its ledger, whose head is #%',
      NEW.seq, NEW.workspace_id, head.seq USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.hash IS DISTINCT FROM
     sha256('\x636f756e7465727369676e2e6c65646765722e656e7472792e763100'::bytea || NEW.prev_hash || convert_to(NEW.body, 'UTF8')) THEN
    RAISE EXCEPTION 'The hash of entry #% of "%" is not that of its body', NEW.seq, NEW.workspace_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF document ->> 'workspace' IS DISTINCT FROM NEW.workspace_id
     OR document -> 'seq' IS DISTINCT FROM to_jsonb(NEW.seq) THEN
    RAISE EXCEPTION 'The body of entry #% of "%" names another place in the ledger', NEW.seq, NEW.workspace_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.at := (document ->> 'at')::timestamptz;
  NEW.actor := document ->> 'actor';
  NEW.via := document ->> 'via';
  NEW.kind := document ->> 'kind';
  NEW.run_id := document ->> 'run';
  NEW.incident_id := document ->> 'incident';
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_entry_is_next BEFORE INSERT ON countersign.ledger_entries
  FOR EACH ROW EXECUTE FUNCTION countersign.check_ledger_entry();

CREATE FUNCTION countersign.advance_ledger_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE countersign.ledger_heads h SET seq = NEW.seq, hash = NEW.hash WHERE h.workspace_id = NEW.workspace_id;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_head_advances AFTER INSERT ON countersign.ledger_entries
  FOR EACH ROW EXECUTE FUNCTION countersign.advance_ledger_head();

CREATE FUNCTION countersign.check_ledger_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM countersign.ledger_entries e
    WHERE e.workspace_id = NEW.workspace_id AND e.seq = NEW.seq AND e.hash = NEW.hash
  ) THEN
    RAISE EXCEPTION 'No entry #% of "%" has the hash of this checkpoint', NEW.seq, NEW.workspace_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_checkpoint_agrees BEFORE INSERT ON countersign.ledger_checkpoints
  FOR EACH ROW EXECUTE FUNCTION countersign.check_ledger_checkpoint();

-- Also while session_replication_role is "replica", which otherwise skips triggers without a trace.
ALTER TABLE countersign.ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_only_grow;
ALTER TABLE countersign.ledger_checkpoints ENABLE ALWAYS TRIGGER ledger_checkpoints_only_grow;
ALTER TABLE countersign.ledger_heads ENABLE ALWAYS TRIGGER ledger_heads_stay;
ALTER TABLE countersign.ledger_heads ENABLE ALWAYS TRIGGER ledger_head_follows_entries;
ALTER TABLE countersign.ledger_private ENABLE ALWAYS TRIGGER ledger_private_stays;

-- ------------------------------------------------------------------------------------------------ append

-- The only way in for the app login, and one round trip: the head stays locked for this statement and the
-- commit alone. A body holds its own seq, which is known only under that lock, so it comes in two pieces.
-- Owned by the owner role and run as it: the caller needs no write privilege on any ledger table.
CREATE FUNCTION countersign.append_ledger_entries(
  p_workspace_id text,
  p_before_seq text[],
  p_after_seq text[],
  p_private_positions integer[],
  p_private_fields text[],
  p_private_persons text[],
  p_private_salts bytea[],
  p_private_texts text[]
) RETURNS TABLE (appended_seq integer, appended_prev_hash bytea, appended_hash bytea)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head countersign.ledger_heads;
  entry_body text;
BEGIN
  SELECT * INTO head FROM countersign.ledger_heads h WHERE h.workspace_id = p_workspace_id FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO countersign.ledger_heads (workspace_id, seq, hash)
      VALUES (p_workspace_id, 0, decode(repeat('00', 32), 'hex'))
      ON CONFLICT (workspace_id) DO NOTHING;
    SELECT * INTO STRICT head FROM countersign.ledger_heads h WHERE h.workspace_id = p_workspace_id FOR UPDATE;
  END IF;
  IF EXISTS (SELECT FROM unnest(p_private_positions) AS position
             WHERE position NOT BETWEEN 1 AND coalesce(array_length(p_before_seq, 1), 0)) THEN
    RAISE EXCEPTION 'Private text belongs to one of the % entries appended with it',
      coalesce(array_length(p_before_seq, 1), 0) USING ERRCODE = 'restrict_violation';
  END IF;
  INSERT INTO countersign.ledger_private (workspace_id, seq, field, person, salt, text)
    SELECT p_workspace_id, head.seq + p.position, p.field, p.person, p.salt, p.text
    FROM unnest(p_private_positions, p_private_fields, p_private_persons, p_private_salts, p_private_texts)
      AS p (position, field, person, salt, text);
  FOR i IN 1 .. coalesce(array_length(p_before_seq, 1), 0) LOOP
    appended_seq := head.seq + 1;
    appended_prev_hash := head.hash;
    entry_body := p_before_seq[i] || appended_seq || p_after_seq[i];
    appended_hash := sha256(
      '\x636f756e7465727369676e2e6c65646765722e656e7472792e763100'::bytea || head.hash || convert_to(entry_body, 'UTF8'));
    INSERT INTO countersign.ledger_entries (workspace_id, seq, body, prev_hash, hash)
      VALUES (p_workspace_id, appended_seq, entry_body, appended_prev_hash, appended_hash);
    head.seq := appended_seq;
    head.hash := appended_hash;
    RETURN NEXT;
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION countersign.append_ledger_entries FROM PUBLIC;
