import django.db.models.deletion
from django.db import migrations, models

# The chain is a table of its own, because the position of an event is known only at the commit, and events never
# change. The trigger is deferred, so that the lock on a customer's chain lasts no longer than a commit.
CHAIN = """
CREATE FUNCTION audit_event_hash(previous text, number bigint, event audit_auditevent) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        previous, number, event.id, extract(epoch FROM event.occurred_at), event.customer_id, event.actor_id,
        event.actor_name, event.action, event.target_type, event.target_id, event.outcome, event.metadata
    )::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION audit_event_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_customer bigint := coalesce(NEW.customer_id, 0);
    last audit_auditlink;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit chain ' || of_customer, 0));
    SELECT * INTO last FROM audit_auditlink WHERE chain = of_customer ORDER BY number DESC LIMIT 1;
    INSERT INTO audit_auditlink (event_id, chain, number, hash) VALUES (
        NEW.id, of_customer, coalesce(last.number, 0) + 1,
        audit_event_hash(coalesce(last.hash, ''), coalesce(last.number, 0) + 1, NEW)
    );
    RETURN NULL;
END $$;

DO $$
DECLARE
    event audit_auditevent;
    of_customer bigint;
    last audit_auditlink;
BEGIN
    FOR event IN SELECT * FROM audit_auditevent ORDER BY id LOOP
        of_customer := coalesce(event.customer_id, 0);
        SELECT * INTO last FROM audit_auditlink WHERE chain = of_customer ORDER BY number DESC LIMIT 1;
        INSERT INTO audit_auditlink (event_id, chain, number, hash) VALUES (
            event.id, of_customer, coalesce(last.number, 0) + 1,
            audit_event_hash(coalesce(last.hash, ''), coalesce(last.number, 0) + 1, event)
        );
    END LOOP;
END $$;

CREATE CONSTRAINT TRIGGER audit_event_chained AFTER INSERT ON audit_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_event_link();
CREATE TRIGGER audit_link_insert_only BEFORE UPDATE OR DELETE ON audit_auditlink
    FOR EACH ROW EXECUTE FUNCTION audit_event_is_insert_only();
"""
UNCHAIN = """
DROP TRIGGER audit_link_insert_only ON audit_auditlink;
DROP TRIGGER audit_event_chained ON audit_auditevent;
DROP FUNCTION audit_event_link();
DROP FUNCTION audit_event_hash(text, bigint, audit_auditevent);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_insert_only")]
    operations = [
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="link",
                        serialize=False,
                        to="audit.auditevent",
                    ),
                ),
                ("chain", models.BigIntegerField()),
                ("number", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "number"), name="one_link_at_each_place_of_a_chain")
                ],
            },
        ),
        migrations.RunSQL(CHAIN, UNCHAIN),
    ]
