"""Numbers the transactions that change records of a profile, in the order in which they commit."""

from django.db import connection

# Taking a revision locks the row of the stream until the end of the transaction.
NEXT_REVISION = """
    INSERT INTO smartsync_recordstream AS stream (profile_id, revision) SELECT %(profile)s, 1 WHERE {condition}
    ON CONFLICT (profile_id) DO UPDATE SET revision = stream.revision + 1
    RETURNING revision
"""


def next_revision(profile_pk: int) -> int:
    """Return the revision for what the caller's transaction changes next."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_REVISION.format(condition="TRUE"), {"profile": profile_pk})
        revision: int = cursor.fetchone()[0]
    return revision
