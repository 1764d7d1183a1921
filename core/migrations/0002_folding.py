from django.db import migrations

# Without accents and case. Most names are ASCII and need no normalization.
# U+0300 to U+036F are the marks that NFKD separates from letters.
FOLD = r"""
CREATE FUNCTION core_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length($1) = length($1) THEN lower($1)
    ELSE lower(regexp_replace(normalize($1, NFKD), U&'[\0300-\036F]', '', 'g')) END
$$
"""
# Each number is written with fifteen digits, so that 9 comes before 10.
NATURAL = r"""
CREATE FUNCTION core_natural(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(
        regexp_replace(core_fold(left($1, 200)), '(\d+)', '00000000000000\1', 'g'), '\d*(\d{15})(?!\d)', '\1', 'g'
    )
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_cache")]

    operations = [
        migrations.RunSQL(FOLD, "DROP FUNCTION core_fold(text)"),
        migrations.RunSQL(NATURAL, "DROP FUNCTION core_natural(text)"),
    ]
