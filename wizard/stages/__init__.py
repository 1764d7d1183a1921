"""The steps of the wizard, in order. Each has a folder here: CONTRIBUTING.md says how to add one."""

from collections.abc import Iterator

from core.text import Words
from wizard.stages import credentials, custom_field, pre_checks, sender_id, smart_sync, sync_profile, user_role
from wizard.stages.stage import Stage
from wizard.verification.check import Check, Company

STAGES: dict[str, Stage] = {
    stage.slug: stage
    for stage in (
        pre_checks.STAGE,
        user_role.STAGE,
        sender_id.STAGE,
        custom_field.STAGE,
        credentials.STAGE,
        sync_profile.STAGE,
        smart_sync.STAGE,
    )
}

# Steps with a meaning for the rest of the product: where the questions about the company are answered, credentials are
# entered, sync profiles are requested, and the first sync is started.
ANSWERS_STAGE = pre_checks.STAGE
SIGN_IN_STAGE = credentials.STAGE
PROFILES_STAGE = sync_profile.STAGE
SYNC_STAGE = smart_sync.STAGE


def first_stage() -> Stage:
    return next(iter(STAGES.values()))


def known_stage(slug: str) -> str:
    """Return the slug, or the first stage's if there is no such stage. Old rows may name stages that were removed."""
    return slug if slug in STAGES else first_stage().slug


def handed_over_stages() -> list[Stage]:
    return [stage for stage in STAGES.values() if stage.is_handed_over]


def stages_before(stage: Stage) -> set[str]:
    """Slugs of all stages that must be done before this one."""
    before = set(stage.after)
    return before.union(*(stages_before(STAGES[slug]) for slug in before))


def stage_checks(company: Company) -> Iterator[tuple[Stage, Check]]:
    """All checks that verify a company, with the stage of each, in order."""
    return ((stage, check) for stage in STAGES.values() for check in stage.checks(company))


def check_titles(company: Company) -> dict[str, Words]:
    """Titles by the slug of the check."""
    return {check.slug: check.title for _stage, check in stage_checks(company)}
