"""The companies of a new practice server."""

from intacct import catalogue
from practice import guide
from practice.company import Company, Dimension, new_company
from practice.records.sizes import equal_sizes

LEFT_OUT = ("vendors", "tasks", "savings-accounts")
WRONG_FIELD = "BEANWORK"
DIMENSIONS = (("grant_program", "Grant program"), ("vehicle", "Vehicle"))


def companies(*, seed: int = 1, scale: int | None = None) -> dict[str, Company]:
    """Return a company before the guide, one with mistakes, and one with the guide complete.

    `scale`: records in every list. None: realistic sizes.
    """
    sizes = equal_sizes(scale) if scale else {}
    before = new_company(
        "MAPLE-RIDGE", "Maple Ridge Outfitters", seed=seed, sizes=dict(sizes), dimensions=_dimensions()
    )
    with_mistakes = new_company(
        "HARBOUR-MILLS", "Harbour Mills", seed=seed + 1, sizes=dict(sizes), dimensions=_dimensions()
    )
    guide.follow(with_mistakes, leave_out=LEFT_OUT, field_id=WRONG_FIELD)
    complete = new_company(
        "JUNIPER-CO",
        "Juniper & Co",
        seed=seed + 2,
        sizes=dict(sizes),
        multi_entity=False,
        multi_currency=False,
        subscriptions={module.slug for module in catalogue.MODULES} - {"contracts", "order-entry"},
    )
    guide.follow(complete)
    return {company.id: company for company in (before, with_mistakes, complete)}


def _dimensions() -> list[Dimension]:
    return [Dimension(*dimension) for dimension in DIMENSIONS]
