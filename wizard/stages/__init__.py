"""The steps of the wizard, in order. Each has a folder here: CONTRIBUTING.md says how to add one."""

from wizard.stages import credentials, custom_field, pre_checks, sender_id, smart_sync, sync_profile, user_role
from wizard.stages.stage import Stage

STAGES: tuple[Stage, ...] = (
    pre_checks.STAGE,
    user_role.STAGE,
    sender_id.STAGE,
    custom_field.STAGE,
    credentials.STAGE,
    sync_profile.STAGE,
    smart_sync.STAGE,
)
STAGE: dict[str, Stage] = {stage.slug: stage for stage in STAGES}


def known_stage(slug: str) -> str:
    """Return the slug, or the first stage's if there is no such stage. Old rows may name stages that were removed."""
    return slug if slug in STAGE else STAGES[0].slug
