"""A step that only tests have. It shows that a step is a folder."""

from tests.wizard.new_step.checks import checks
from tests.wizard.new_step.diagnoses import HIDDEN
from wizard.stages.stage import Stage, Task

STAGE = Stage(
    slug="new_step",
    number=8,
    title="Vendors",
    summary="Show Beanworks your vendors.",
    tasks=(Task(slug="look", text="Look at your vendors"),),
    checks=checks,
    diagnoses=(HIDDEN,),
    is_handed_over=True,
    template="new_step/stage.html",
)
