"""What `scripts/soak` finds in its figures."""

import pytest

from benchmarks.soak.figures import Figures, Sample
from benchmarks.soak.findings import growth


@pytest.mark.parametrize(
    ("minutes", "megabytes", "problems"),
    [
        (60, 111, ["mail had 100 megabytes in the second third of the time and 111 in the last"]),
        (60, 110, []),
        (15, 111, ["mail had 100 megabytes in the second third of the time and 111 in the last"]),
        (14.9, 111, []),
    ],
)
def test_growth_counts_after_the_first_work_of_each_process(
    minutes: float, megabytes: float, problems: list[str]
) -> None:
    figures = Figures()
    figures.samples["mail"] = [Sample(at, threads=7, files=22) for at in (50, 100, megabytes)]

    assert [*growth(figures, minutes)] == problems
