import django.db.models.deletion
from django.db import migrations, models

# What the foreign key did, but once for each statement: see docs/decisions/0019-profiles-of-records.md.
TRIGGERS = """
CREATE FUNCTION item_needs_profile() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needed bigint[] := ARRAY(SELECT DISTINCT profile_id FROM inserted);
    existing bigint;
BEGIN
    -- The lock of a foreign key: a transaction that deletes the profile waits for this one, and then sees its records.
    PERFORM FROM wizard_syncprofile WHERE id = ANY (needed) FOR KEY SHARE;
    GET DIAGNOSTICS existing = ROW_COUNT;
    IF existing < cardinality(needed) THEN
        RAISE EXCEPTION 'A record needs an existing sync profile.' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER item_needs_profile AFTER INSERT ON smartsync_listitem REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION item_needs_profile();

CREATE FUNCTION item_stays_in_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A record stays in its sync profile.' USING ERRCODE = 'foreign_key_violation';
END $$;
CREATE TRIGGER item_stays_in_profile BEFORE UPDATE OF profile_id ON smartsync_listitem
    FOR EACH ROW WHEN (NEW.profile_id <> OLD.profile_id) EXECUTE FUNCTION item_stays_in_profile();

CREATE FUNCTION profile_of_items_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A stricter isolation level would not see records that were committed after its snapshot.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'Delete sync profiles at the isolation level READ COMMITTED.';
    END IF;
    IF EXISTS (SELECT FROM smartsync_listitem WHERE profile_id = OLD.id)
        AND NOT EXISTS (SELECT FROM wizard_syncprofile WHERE id = OLD.id)
    THEN
        RAISE EXCEPTION 'A sync profile with records stays.' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER profile_of_items_stays AFTER DELETE OR UPDATE OF id ON wizard_syncprofile
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION profile_of_items_stays();
"""
NO_TRIGGERS = """
DROP TRIGGER profile_of_items_stays ON wizard_syncprofile;
DROP TRIGGER item_stays_in_profile ON smartsync_listitem;
DROP TRIGGER item_needs_profile ON smartsync_listitem;
DROP FUNCTION profile_of_items_stays(), item_stays_in_profile(), item_needs_profile();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('smartsync', '0011_page_orders'),
        ('wizard', '0011_retention'),
    ]

    operations = [
        # First the triggers, then without the foreign key: at no time is neither in force.
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.AlterField(
            model_name='listitem',
            name='profile',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='wizard.syncprofile'),
        ),
    ]
