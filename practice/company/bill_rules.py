"""Accounts Payable → Configuration: what a company asks of its bills. `label` is the text on the screen."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from practice.company.behavior import option


@dataclass
class BillRules:
    """Rules for bills. They are known features of Intacct; each company sets them differently."""

    required_dimensions: list[str] = field(
        default_factory=list,
        metadata={"label": 'Fields that every line of a bill needs, as JSON: ["DEPARTMENTID", "GLDIMvehicle"]'},
    )
    account_dimensions: bool = option("A line needs the dimensions that its account requires", True)
    top_level_location: bool = option("A bill of the top level needs a location on each line", True)
    top_level_vendors: bool = option("A bill of an entity can use a vendor of the top level", True)
    vendors_on_hold: Literal["accepted", "refused"] = option("Bills of a vendor on hold", "accepted")
    closed_until: str = option("Last day of the closed periods, as 2026-01-31; empty: none is closed", "")
    numbers: Literal["typed", "typed or assigned", "always assigned", "only assigned"] = option(
        "Bill numbers: from the client; by Intacct if there is none; always by Intacct; a client’s is refused", "typed"
    )
    duplicate_numbers: Literal["accepted", "refused"] = option("A second bill with the same number", "accepted")
    approval: Literal["off", "submitted", "submit refused", "draft submitted", "draft refused"] = option(
        "Approval: none; a bill becomes Submitted; drafts only; even a draft becomes Submitted; no drafts", "off"
    )
    smallest_amount: float = option("Smallest amount of a line, by a Smart Rule", 0.0)
    currency: Literal["defaulted", "required", "of the vendor"] = option(
        "Currency, in a company with several: the vendor’s if there is none; required; none but the vendor’s",
        "defaulted",
    )

    def __post_init__(self) -> None:
        if self.closed_until:
            date.fromisoformat(self.closed_until)
