from django.db import migrations, models

# Migration 0001's hash covers names and texts as they are, so none of them could ever be erased. Check every chain a
# last time before it is hashed in the new way.
VERIFY = """
DO $$
DECLARE
    broken bigint;
BEGIN
    SELECT event.id INTO broken FROM audit_auditevent AS event LEFT JOIN (
        SELECT *, lag(hash, 1, '') OVER places AS previous, row_number() OVER places AS counted
        FROM audit_auditlink WINDOW places AS (PARTITION BY chain ORDER BY number)
    ) AS link ON link.event_id = event.id
    WHERE (link.number = link.counted AND link.chain = coalesce(event.customer_id, 0)
           AND link.hash = audit_event_hash(link.previous, link.number, event)) IS NOT TRUE
    ORDER BY link.number NULLS LAST, event.id LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'The audit log is broken at event %. Run verify_audit of the installed version.', broken;
    END IF;
END $$;
"""

# The columns stay for one release, empty: until it is replaced, a process of the previous release writes to them.
OLD_COLUMNS = """
ALTER TABLE audit_auditevent ALTER COLUMN metadata SET DEFAULT '{}', ALTER COLUMN actor_name SET DEFAULT '';
"""
NOTHING = models.Value({}, models.JSONField())

SEALING = """
CREATE FUNCTION audit_random_salt() RETURNS bytea LANGUAGE sql VOLATILE AS $$
    SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
$$;

-- The salt has 244 random bits and a fixed length. Without it, no guess of a value can be checked.
CREATE FUNCTION audit_commitments(salt bytea, personal jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(name, encode(
        sha256(salt || convert_to(jsonb_build_array(name, value)::text, 'UTF8')), 'hex'
    )), '{}') FROM jsonb_each(personal) AS part (name, value)
$$;

-- One value has one pseudonym under one key, so that one guest stays one guest.
CREATE FUNCTION audit_pseudonyms(key bytea, personal jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(name, '#' || left(encode(sha256(key || convert_to(value::text, 'UTF8')), 'hex'), 8))
    FROM jsonb_each(personal) AS part (name, value)
$$;

CREATE FUNCTION audit_holds_pseudonyms(personal jsonb, commitments jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(name ORDER BY name), '{}') = ARRAY(SELECT jsonb_object_keys(commitments) ORDER BY 1)
           AND coalesce(bool_and(value::text ~ '^"#[0-9a-f]{8}"$'), true)
    FROM jsonb_each(personal) AS part (name, value)
$$;

-- An event as it was before: who acted as a user is only referenced, numbers stay, and all texts can be erased. A name
-- such as "Ada · Payables" is that of a user and of an API key.
CREATE FUNCTION audit_event_split(event audit_auditevent) RETURNS audit_auditevent LANGUAGE plpgsql STABLE AS $$
DECLARE
    agent text := CASE WHEN event.actor_id IS NOT NULL AND event.metadata ? 'api_key'
                       THEN regexp_replace(event.actor_name, '^.* · ', '')
                       WHEN event.actor_id IS NULL AND event.actor_name NOT IN ('', 'Beanworks Connect')
                       THEN event.actor_name END;
BEGIN
    SELECT event.lasting || coalesce(jsonb_object_agg(name, value) FILTER (WHERE is_lasting), '{}'),
           event.personal || coalesce(jsonb_object_agg(name, value) FILTER (WHERE NOT is_lasting), '{}')
    INTO event.lasting, event.personal
    FROM (SELECT name, value, jsonb_typeof(value) IN ('number', 'boolean', 'null') AS is_lasting
          FROM jsonb_each(event.metadata) AS part (name, value)) AS parts;
    IF agent IS NOT NULL THEN
        event.personal := event.personal || jsonb_build_object('agent', agent);
    END IF;
    event.metadata := '{}';
    event.actor_name := '';
    RETURN event;
END $$;

CREATE FUNCTION audit_event_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- From a process of the previous release, which runs until it is replaced.
    IF NEW.metadata <> '{}' OR NEW.actor_name <> '' THEN
        NEW := audit_event_split(NEW);
    END IF;
    NEW.salt := CASE WHEN NEW.personal = '{}' THEN NULL ELSE audit_random_salt() END;
    NEW.commitments := coalesce(audit_commitments(NEW.salt, NEW.personal), '{}');
    RETURN NEW;
END $$;
"""

SEAL_OLD_EVENTS = """
ALTER TABLE audit_auditevent DISABLE TRIGGER USER;
ALTER TABLE audit_auditlink DISABLE TRIGGER USER;

UPDATE audit_auditevent AS event SET (lasting, personal, metadata, actor_name) =
    (SELECT split.lasting, split.personal, split.metadata, split.actor_name FROM audit_event_split(event) AS split);
UPDATE audit_auditevent SET salt = audit_random_salt() WHERE personal <> '{}';
UPDATE audit_auditevent SET commitments = audit_commitments(salt, personal) WHERE salt IS NOT NULL;
UPDATE audit_auditlink SET former_hash = hash;
"""

CHAIN = """
DROP FUNCTION audit_event_hash(text, bigint, audit_auditevent);
CREATE FUNCTION audit_event_hash(previous text, number bigint, event audit_auditevent, former_hash text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        previous, number, event.id, extract(epoch FROM event.occurred_at), event.customer_id, event.actor_id,
        event.action, event.target_type, event.target_id, event.outcome, event.lasting, event.commitments, former_hash
    )::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION audit_event_is_whole(event audit_auditevent) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN event.salt IS NULL THEN audit_holds_pseudonyms(event.personal, event.commitments)
                ELSE event.commitments = audit_commitments(event.salt, event.personal) END
$$;

CREATE OR REPLACE FUNCTION audit_event_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_customer bigint := coalesce(NEW.customer_id, 0);
    last audit_auditlink;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit chain ' || of_customer, 0));
    SELECT * INTO last FROM audit_auditlink WHERE chain = of_customer ORDER BY number DESC LIMIT 1;
    INSERT INTO audit_auditlink (event_id, chain, number, hash) VALUES (
        NEW.id, of_customer, coalesce(last.number, 0) + 1,
        audit_event_hash(coalesce(last.hash, ''), coalesce(last.number, 0) + 1, NEW, '')
    );
    RETURN NULL;
END $$;
-- The former function's attributes: CREATE OR REPLACE drops them.
ALTER FUNCTION audit_event_link() SECURITY DEFINER SET search_path = public, pg_temp;
"""

LINK_OLD_EVENTS = """
DO $$
DECLARE
    link audit_auditlink;
    event audit_auditevent;
    previous text;
BEGIN
    FOR link IN SELECT * FROM audit_auditlink ORDER BY chain, number LOOP
        SELECT * INTO event FROM audit_auditevent WHERE id = link.event_id;
        previous := audit_event_hash(
            CASE WHEN link.number = 1 THEN '' ELSE previous END, link.number, event, link.former_hash
        );
        UPDATE audit_auditlink SET hash = previous WHERE event_id = link.event_id;
    END LOOP;
END $$;

-- Rows that a transaction updates twice have their references checked at its end, and no table can be altered before.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE audit_auditevent ENABLE TRIGGER USER;
ALTER TABLE audit_auditlink ENABLE TRIGGER USER;
"""

# The one change that the log allows: all personal values of an event become pseudonyms, and its salt is destroyed. What
# the hash covers must stay. The product's role cannot update the table, so it can only call the function, and each call
# is an event.
ERASING = """
CREATE FUNCTION audit_event_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erased audit_auditevent := OLD;
BEGIN
    erased.personal := NEW.personal;
    erased.salt := NULL;
    IF OLD.salt IS NULL OR NEW IS DISTINCT FROM erased
       OR NOT audit_holds_pseudonyms(NEW.personal, OLD.commitments) THEN
        RAISE EXCEPTION 'Audit events are never changed or deleted.';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_erase(events bigint[], about bigint, actor bigint, key bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    UPDATE audit_auditevent SET personal = audit_pseudonyms(key, personal), salt = NULL
    WHERE id = ANY (events) AND salt IS NOT NULL AND (customer_id = about OR customer_id IS NULL);
    GET DIAGNOSTICS erased = ROW_COUNT;
    IF erased > 0 THEN
        INSERT INTO audit_auditevent (
            occurred_at, customer_id, actor_id, action, target_type, target_id, outcome, lasting, personal
        ) VALUES (
            clock_timestamp(), about, actor, 'audit.erased', 'customer', about, 'success',
            jsonb_build_object('events', erased), '{}'
        );
    END IF;
    RETURN erased;
END $$;

DROP TRIGGER audit_event_insert_only ON audit_auditevent;
CREATE TRIGGER audit_event_insert_only BEFORE DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_is_insert_only();
CREATE TRIGGER audit_event_erase_only BEFORE UPDATE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_erase_only();
CREATE TRIGGER audit_event_sealed BEFORE INSERT ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_seal();
"""


class Migration(migrations.Migration):
    """Let the hash of an event cover commitments to its personal values instead of the values.

    Old events get a hash of the new kind. Their former hash, which old anchors hold, stays beside it, and the new hash
    covers it. There is no way back, because the names of users are no longer in the events.
    """

    dependencies = [
        ('audit', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(VERIFY),
        migrations.RunSQL(OLD_COLUMNS),
        migrations.AddField('auditevent', 'lasting', models.JSONField(db_default=NOTHING, default=dict)),
        migrations.AddField('auditevent', 'personal', models.JSONField(db_default=NOTHING, default=dict)),
        migrations.AddField('auditevent', 'commitments', models.JSONField(db_default=NOTHING, default=dict, editable=False)),
        migrations.AddField('auditevent', 'salt', models.BinaryField(null=True)),
        migrations.AddField('auditlink', 'former_hash', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64)),
        migrations.RunSQL(SEALING),
        migrations.RunSQL(SEAL_OLD_EVENTS),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField('auditevent', 'metadata'),
                migrations.RemoveField('auditevent', 'actor_name'),
            ]
        ),
        migrations.RunSQL(CHAIN),
        migrations.RunSQL(LINK_OLD_EVENTS),
        migrations.RunSQL(ERASING),
    ]
