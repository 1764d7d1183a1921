"""The list of steps beside the page of a step."""

import pytest

from wizard.pages.steps import Step, StepList
from wizard.progress import StageStatus
from wizard.stages import STAGES


@pytest.mark.parametrize(
    ("current", "open_steps", "following"),
    [(1, {1, 2, 5}, 2), (1, {1, 5, 6}, 5), (3, {1, 6}, 6), (3, {1}, 4), (7, {7}, None)],
)
def test_next_step_is_one_with_something_to_do(current: int, open_steps: set[int], following: int | None) -> None:
    states = {stage: "todo" if stage.number in open_steps else "verified" for stage in STAGES.values()}
    steps = [Step(StageStatus(stage, state, since=None, progress=None), "") for stage, state in states.items()]

    after = StepList(steps, steps[current - 1]).next

    assert (after and after.number) == following
