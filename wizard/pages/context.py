"""The context of the template of a stage's page."""

from typing import Any

from django.http import Http404

from wizard.pages.stage_page import StagePage
from wizard.stages import STAGES
from wizard.stages.stage import Stage


def stage_or_404(slug: str) -> Stage:
    if slug not in STAGES:
        raise Http404
    return STAGES[slug]


def stage_context(page: StagePage, *, form: Any = None, **shown: Any) -> dict[str, Any]:
    """`shown` replaces parts of what only this stage shows. `guest` is for the header that all pages have."""
    return {"page": page, "guest": page.guest, "form": form or page.form(), "shown": page.context() | shown}
