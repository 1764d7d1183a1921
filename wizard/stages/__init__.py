"""The stages of the wizard, one folder each. A new folder with a `STAGE` in it is a new stage."""

import pkgutil
from importlib import import_module

from wizard.stage import Stage

_FOLDERS = [name for _, name, is_package in pkgutil.iter_modules(__path__) if is_package]

STAGES: tuple[Stage, ...] = tuple(
    sorted((import_module(f"{__name__}.{name}").STAGE for name in _FOLDERS), key=lambda stage: stage.number)
)
STAGE: dict[str, Stage] = {stage.slug: stage for stage in STAGES}


def known_stage(slug: str) -> str:
    """Return the slug, or the first stage's if there is no such stage. Old rows may name stages that were removed."""
    return slug if slug in STAGE else STAGES[0].slug
