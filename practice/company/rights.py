"""The rights that the permissions page of a role or user leaves after Save."""

from collections.abc import Mapping

from practice.company.company import Company
from practice.company.parts import Rights


def updated_rights(company: Company, old: Rights, new: Mapping[str, set[str]]) -> Rights:
    """Return the new rights of all rows on the page, and the old ones of applications without a subscription."""
    rows = {row.slug: row for row in company.policies()}
    hidden = {slug: ticks for slug, ticks in old.items() if slug not in rows}
    ticked = {slug: set(new[slug]) & set(row.rights) for slug, row in rows.items() if slug in new}
    return hidden | {slug: ticks for slug, ticks in ticked.items() if ticks}
