from functools import reduce

from django.db import migrations

# NFKD does not change these, since they are letters of their own in Unicode.
LETTERS = {
    **{"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ẞ": "SS"},
    **{"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"},
}
FOLD = r"""
CREATE OR REPLACE FUNCTION core_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length($1) = length($1) THEN lower($1)
    ELSE lower(regexp_replace(%s, U&'[\0300-\036F]', '', 'g')) END
$$
"""
WITH_MARKS = "normalize($1, NFKD)"
PLAIN = reduce(lambda text, letter: f"replace({text}, '{letter}', '{LETTERS[letter]}')", LETTERS, WITH_MARKS)


class Migration(migrations.Migration):
    dependencies = [("core", "0004_shapes_of_values")]

    operations = [migrations.RunSQL(FOLD % PLAIN, FOLD % WITH_MARKS)]
