"""The companies of a new practice server: three to connect by hand, and those of the demonstration's other customers.

The product's demonstration (`beanworks_connect.demo`) reads this table, so what it shows is what a check finds here.
"""

from intacct import catalogue
from practice import guide
from practice.company import Company, Dimension, new_company
from practice.company.users import set_password
from practice.records.sizes import DEMONSTRATION, equal_sizes

WRONG_FIELD = "BEANWORK"
DIMENSIONS = (("grant_program", "Grant program"), ("vehicle", "Vehicle"))
HARBOUR_MILLS = ("vendors", "tasks", "savings-accounts", "field")
# Names of companies where the guide was followed, and what was done wrong there: permissions that are missing, the
# "field" ID, the "sender" ID that is missing, the "role" that is not assigned, the "password" that was changed.
FOLLOWED: dict[str, tuple[str, ...]] = {
    "Northern Lights Optics": ("projects", "tasks"),
    "Osprey Air": ("role",),
    "Pine Street Clinics": ("sender",),
    "Quartz Mountain Mining": ("field",),
    "Riviere Bleue Transport": ("password",),
    "Tamarack Timber": (),
    "Umbra Lighting": (),
    "Verger Mont-Royal": (),
    "Willow Creek Veterinary": (),
    "Yarrow Health": (),
    "Zinc Harbour Metals": (),
    "Arbutus Apparel": (),
    "Bracken Books": (),
    "Cascade Cycles": (),
    "Driftwood Interiors": (),
    "Evasion Plein Air": (),
    "Fraser Freight": (),
    "Garry Oak Grocers": (),
    "Hemlock Homes": ("password",),
    "Inlet Insurance": (),
    "Kootenay Coffee": (),
}
# So few records that the demonstration can load the lists of all of them.
SMALL_SIZES = {name: max(4, size // 60) for name, size in DEMONSTRATION.items()} | {"dimension": 6}


def companies(*, seed: int = 1, scale: int | None = None) -> dict[str, Company]:
    """Return a company before the guide, one with mistakes, one with the guide complete, and those in `FOLLOWED`.

    `scale`: records in every list. None: realistic sizes.
    """
    sizes = equal_sizes(scale) if scale else {}
    before = new_company(
        "MAPLE-RIDGE", "Maple Ridge Outfitters", seed=seed, sizes=dict(sizes), dimensions=_dimensions()
    )
    with_mistakes = new_company(
        "HARBOUR-MILLS", "Harbour Mills", seed=seed + 1, sizes=dict(sizes), dimensions=_dimensions()
    )
    _follow(with_mistakes, HARBOUR_MILLS)
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
    others = [_followed_company(name, seed + number, sizes or SMALL_SIZES) for number, name in enumerate(FOLLOWED, 3)]
    return {company.id: company for company in (before, with_mistakes, complete, *others)}


def company_id(name: str) -> str:
    return name.upper().replace(" ", "-")


def _followed_company(name: str, seed: int, sizes: dict[str, int]) -> Company:
    company = new_company(company_id(name), name, seed=seed, sizes=dict(sizes), dimensions=_dimensions())
    _follow(company, FOLLOWED[name])
    return company


def _follow(company: Company, mistakes: tuple[str, ...]) -> None:
    guide.follow(
        company,
        leave_out=mistakes,
        field_id=WRONG_FIELD if "field" in mistakes else catalogue.CUSTOM_FIELD.id,
    )
    if "sender" in mistakes:
        company.authorizations.clear()
    if "role" in mistakes:
        company.users[catalogue.USER_ID].roles.clear()
    if "password" in mistakes:
        set_password(company, catalogue.USER_ID)  # The mailbox gets it.


def _dimensions() -> list[Dimension]:
    return [Dimension(*dimension) for dimension in DIMENSIONS]
