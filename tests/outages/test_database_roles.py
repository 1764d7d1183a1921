"""The roles of docker-compose.yml: the owner migrates; the product reads and writes, but only adds to the audit log."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.support.postgresql import PROGRAMS, PostgreSQL
from tests.support.processes import ROOT, answers, wait_until
from tests.support.stack import Live

from .visitor import Visitor

pytestmark = pytest.mark.django_db
DATABASE = "compose"


@pytest.fixture(scope="module")
def product(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> PostgreSQL:
    """A database that was created and migrated as in compose, with a connection as the product's role."""
    secrets = tmp_path_factory.mktemp("secrets")
    place = postgresql.place
    for name in ("owner_password", "product_password"):
        (secrets / name).write_text(name)
    with postgresql.connect() as server:
        server.execute(f"CREATE DATABASE {DATABASE}")
    connecting = {"PGHOST": place["HOST"], "PGPASSWORD": place["PASSWORD"], "SECRETS": str(secrets)}
    roles = {"POSTGRES_USER": place["USER"], "POSTGRES_DB": DATABASE, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    subprocess.run(["sh", "deploy/database-roles.sh"], cwd=ROOT, env=os.environ | connecting | roles, check=True)

    url = f"postgres://{{role}}:{{password}}@/{place['HOST']}/{DATABASE}"
    owner = {"DATABASE_URL": url.format(role="beanworks_owner", password="owner_password")}
    migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=os.environ | owner | {"PRODUCT_ROLE": "beanworks_product"}, check=True)

    return replace(postgresql, url=url.format(role="beanworks_product", password="product_password"))


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE audit_auditevent CASCADE",
        "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
        "DELETE FROM audit_auditevent",
        "UPDATE audit_auditevent SET action = 'another'",
        "DROP TABLE audit_auditevent CASCADE",
        "SET ROLE beanworks_owner",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_product_cannot_change_the_audit_log_or_any_table(product: PostgreSQL, statement: str) -> None:
    with product.connect() as server, pytest.raises(psycopg.errors.InsufficientPrivilege):
        server.execute(statement)


def test_table_owner_is_not_a_superuser(product: PostgreSQL) -> None:
    with product.connect() as server:
        roles = server.execute(
            "SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole OR rolbypassrls"
        ).fetchall()
    assert not {("beanworks_owner",), ("beanworks_product",)} & set(roles)


def test_product_role_can_serve_pages_and_count_sign_in_attempts(product: PostgreSQL, tmp_path: Path) -> None:
    with Live(tmp_path, DATABASE_URL=product.url) as web:
        web.start()
        wait_until(lambda: answers(web.url), "the web server answers")

        assert Visitor(web.url).sign_in("unknown@example.com", "a guess").status_code == 200
    with product.connect() as server:
        assert server.execute("SELECT count(*) FROM cache").fetchone() != (0,)
