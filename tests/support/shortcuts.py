"""Faster versions of what tests do hundreds of times and other tests cover.

They apply to the tests' own process only. The web server and workers that tests start have the product's settings.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.handlers.base import BaseHandler
from django.core.signals import setting_changed
from django.db import connection, transaction
from django.template import Context, RequestContext, Template
from django.test import TransactionTestCase, utils
from django.test.client import ClientHandler

# Tables that only migrations fill.
KEPT = ["django_migrations", "django_content_type", "auth_permission"]
TABLES = """
    SELECT array_agg(quote_ident(tablename))
    FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> ALL(%s)
"""


class QuickArgon2(Argon2PasswordHasher):
    """Takes 0.1 ms. The product's hasher takes 100 ms and 100 MB."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


def empty_tables(*_: Any) -> None:
    """Delete every row, including those of the cache, which counts failed sign-ins.

    It takes 2 ms. Django would truncate 41 tables and recreate all content types and permissions: 600 ms.
    The lock waits for a killed worker's transaction to end, as Django's TRUNCATE did. The replica role disables all
    triggers: those that check foreign keys, and those that keep the audit log append-only.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TABLES, [KEPT])
        tables = cursor.fetchone()[0]
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        cursor.execute(";".join(f"DELETE FROM {table}" for table in tables))


def record_pages(record: Callable[[Template, Context], str]) -> Callable[[Template, Context], str]:
    """Let test clients record the context of a page, but not those of the templates and widgets in it.

    To copy each of these took an eighth of the CPU time of tests that open pages.
    """
    render = Template._render  # type: ignore[attr-defined]

    def render_recorded(template: Template, context: Context) -> str:
        is_page = isinstance(context, RequestContext) and context.template is template
        return record(template, context) if is_page else render(template, context)

    return render_recorded


def share_middleware() -> None:
    """Load the middleware for all test clients together, and again after a change of settings.

    It takes 5 ms, which is as long as a page, and most tests make a client or two of their own.
    """
    shared: Any = ClientHandler()

    def load(handler: Any, is_async: bool = False) -> None:
        if shared._middleware_chain is None:
            BaseHandler.load_middleware(shared)
        handler._middleware_chain = shared._middleware_chain

    def forget(**_: Any) -> None:
        shared._middleware_chain = None

    setting_changed.connect(forget, weak=False)
    ClientHandler.load_middleware = load  # type: ignore[method-assign,assignment]


def take_shortcuts() -> None:
    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]
    share_middleware()
    utils.instrumented_test_render = record_pages(utils.instrumented_test_render)  # type: ignore[attr-defined]
    settings.PASSWORD_HASHERS = [f"{__name__}.QuickArgon2"]
    # Otherwise every new test client lists all static files, which takes 30 ms.
    settings.WHITENOISE_AUTOREFRESH = True
