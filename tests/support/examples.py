"""How many random examples a test tries: few in every run of the suite, many in scripts/test-nightly."""

import os

from hypothesis import HealthCheck, Phase, settings

HISTORIES = int(os.environ.get("HISTORIES", "0"))


def examples(few: int, *, share: float = 1, shrinks: bool = True) -> settings:
    """Return the settings for a test with `few` examples, the same ones in every run.

    If HISTORIES is set, the test tries this `share` of so many examples instead, and each run draws new ones.
    `shrinks`: whether a failing example is made smaller. A test whose examples take seconds fails at once instead.
    """
    return settings(
        max_examples=max(few, int(HISTORIES * share)),
        derandomize=not HISTORIES,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if shrinks else [])],
        suppress_health_check=list(HealthCheck),
    )
