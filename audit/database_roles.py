"""Grant the product's role its rights in the database: it can use every table, but only add to the audit log.

The tables belong to the role that runs the migrations. Only the owner can truncate a table or disable its triggers.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import sql

GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE ALL ON audit_auditevent, audit_auditlink, audit_auditanchor, django_migrations FROM {role};
GRANT SELECT, INSERT ON audit_auditevent, audit_auditanchor TO {role};
GRANT SELECT ON audit_auditlink, django_migrations TO {role};
"""


def grant_product_role(**_: Any) -> None:
    """Grant the rights after every migration, since a new table has none. Do nothing without PRODUCT_ROLE."""
    if not settings.PRODUCT_ROLE:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(GRANTS).format(role=sql.Identifier(settings.PRODUCT_ROLE)))
