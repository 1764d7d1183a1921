"""What every test can ask for.

Unit tests take `db` (a transaction that is rolled back) and run first. Tests of the whole take `live`, `worker` and
`practice`: real processes on this test process' own database and broker. What those see must be committed, so these
fixtures bring `transactional_db` with them, which empties every table after the test. Before it does, in this order,
the browser's pages are closed, the worker's messages are dropped and what it is working on is ended, so that nothing
writes into the next test. The processes themselves live as long as the session, since each takes seconds to start.
"""

import gc
import logging
from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

pytest_plugins = [f"tests.support.{name}" for name in ("services", "stack", "browser", "users", "receiver")]

# Both limits measure the machine, not the code: on a loaded one, tests failed that pass alone. The first example of
# text takes a second in a new clone, because Hypothesis then makes its table of characters.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Fixtures that start processes: a test that needs one of them is not quick.
PROCESSES = {"_practice", "_worker", "_live", "browser", "mail_worker", "postgresql", "running", "stack", "valkey"}

# What takes half a minute or more, the longest first.
LONGEST = (
    "tests/inputs/test_inputs.py", "tests/story", "tests/demo/test_pages_browser.py",
    "tests/practice/test_screens_browser.py", "tests/wizard/pages/test_live_pages.py", "tests/local/test_stack.py",
    "tests/access/test_table.py", "tests/accounts/test_browser.py", "tests/inputs/test_signed_out.py",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out what needs a browser or processes, or is slow")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run browser tests last, in any shuffled order: the quick tests report first.

    The longest of both kinds come first in theirs: at the end, no process should wait for another one.
    """
    items.sort(key=lambda item: ("browser" in fixtures(item), rank(item)))

    if config.getoption("quick"):
        slow = [item for item in items if is_slow(item)]
        items[:] = [item for item in items if not is_slow(item)]
        config.hook.pytest_deselected(items=slow)


def rank(item: pytest.Item) -> int:
    """Return the position among the longest tests, or behind them."""
    return next((place for place, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out the modules and the thousands of tests: it took 5 % of all CPU time."""
    gc.freeze()


def is_slow(item: pytest.Item) -> bool:
    return bool(fixtures(item) & PROCESSES or item.get_closest_marker("slow"))


def fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """A page asked for in another language leaves it behind in this thread."""
    translation.deactivate()


@pytest.fixture
def no_logs() -> Iterator[None]:
    """For tests that expect thousands of refusals."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
