"""The form of a test bill: vendor, account and what else the company may require, picked from the synced lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import DayField, LineField
from core.isolated_text import Sentence, isolate, join_names
from core.text import Words, storable
from intacct.catalogue import dimension_list
from wizard.models import SyncProfile, TestBill
from wizard.verification.company_facts import base_currency

SUGGESTED = 20
"""Records that are offered below a field."""
LOOKED_THROUGH = 500
"""Records that are looked through for a default."""
WAITS = "input changed delay:300ms"


@dataclass(frozen=True)
class Pick:
    """A field whose value is the code of a record. `lists`: slugs of the lists that have it."""

    name: str
    lists: tuple[str, ...]
    label: Words


BILL = (Pick("VENDORID", ("vendors",), _("Vendor")), Pick("ACCOUNTNO", ("accounts",), _("Account")))
LOCATION = Pick("LOCATIONID", ("locations", "entities"), _("Location"))
DIMENSIONS = (
    LOCATION,
    Pick("DEPARTMENTID", ("departments",), _("Department")),
    Pick("CLASSID", ("classes",), _("Class")),
    Pick("PROJECTID", ("projects",), _("Project")),
    Pick("TASKID", ("tasks",), _("Task")),
    Pick("COSTTYPEID", ("cost-types",), _("Cost type")),
    Pick("CUSTOMERID", ("customers",), _("Customer")),
    Pick("EMPLOYEEID", ("employees",), _("Employee")),
    Pick("ITEMID", ("items",), _("Item")),
    Pick("CONTRACTID", ("contracts",), _("Contract")),
    Pick("WAREHOUSEID", ("warehouses",), _("Warehouse")),
)
# Which dimension an account requires, by the field of the account.
REQUIRED_BY_ACCOUNT = {"REQUIREDEPT": "DEPARTMENTID", "REQUIRELOC": "LOCATIONID", "REQUIREPROJECT": "PROJECTID"}


def all_picks(profile: SyncProfile) -> list[Pick]:
    """Every field of a bill in the profile's company that takes a record, those of the bill itself first."""
    own = [
        Pick(
            f"GLDIM{dimension['object'].upper()}",
            (dimension_list(dimension["object"], "").slug,),
            isolate(dimension["label"]),
        )
        for dimension in profile.connection.company.get("dimensions", [])
    ]
    return [*BILL, *DIMENSIONS, *own]


def picks_of(profile: SyncProfile) -> list[Pick]:
    """The fields that the form has: those of the bill itself, and those whose lists have records."""
    used = set(profile.items.counts(profile))
    return [pick for pick in all_picks(profile) if pick in BILL or used.intersection(pick.lists)]


def records_of(profile: SyncProfile, pick: Pick) -> Any:
    """The active records of a field. The wizard must not import SmartSync, so it reaches them through the profile."""
    return profile.items.present().filter(list__in=pick.lists, active=True).order_by("list", "code")


def suggestions(profile: SyncProfile, pick: Pick, words: str) -> list[Any]:
    """The first records that hold all of these words, which no form has validated."""
    return list(records_of(profile, pick).search(storable(words)).defer("fields")[:SUGGESTED])


class TestBillForm(forms.Form):
    """Prefilled with what was chosen the last time, or else with the first records that should work."""

    __test__ = False  # pytest takes the class for a test
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    WHENCREATED = DayField(label=_("Bill date"), help_text=_("It must be in an open accounting period."))

    def __init__(self, profile: SyncProfile, latest: TestBill | None, data: QueryDict | None = None) -> None:
        self.profile, self.picks = profile, picks_of(profile)
        chosen = latest.chosen if latest and latest.profile_id == profile.pk else {}
        usual = {"after": latest.position if latest else 0, "WHENCREATED": timezone.localdate()}
        super().__init__(data, initial={**usual, **(chosen or self._defaults()), "WHENCREATED": timezone.localdate()})
        for pick in self.picks:
            self.fields[pick.name] = self._field(pick)
        self._add_currency(profile.connection.company)
        for pick in self.picks:
            if code := self.initial.get(pick.name):
                record = records_of(profile, pick).filter(code=code).first()
                self.fields[pick.name].help_text = isolate(record.name) if record else ""
        self.order_fields(["VENDORID", "ACCOUNTNO", *self._needed(), "CURRENCY", "WHENCREATED"])

    def _add_currency(self, company: Mapping[str, Any]) -> None:
        """Ask for the currency, unless the company has only one. If that is not known, the user need not answer.

        At the top level, an entity is the location of the line, and its base currency is the one to expect.
        """
        has_several = company.get("multi_currency")
        if has_several is not False:
            entity = self.profile.entity_id or self.initial.get("LOCATIONID", "")
            initial = base_currency(company, entity) if has_several else ""
            field = LineField(label=_("Currency"), max_length=3, initial=initial, required=bool(has_several))
            self.fields["CURRENCY"] = field

    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if self.fields[name].required and name != "after"]

    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not self.fields[name].required]

    @property
    def shows_more(self) -> bool:
        """Whether one of the further fields has a value or an error, so that they must be seen."""
        return any(field.errors or field.value() for field in self.more_fields())

    def options(self) -> list[tuple[str, list[Any]]]:
        """For each field, the records to offer below it."""
        return [(pick.name, suggestions(self.profile, pick, self._typed(pick))) for pick in self.picks]

    def show_newest(self, latest: TestBill | None) -> None:
        """Let the user send the form again after they have seen the newest test, which another user sent first."""
        # `items`, because `**` takes the list of values that a QueryDict has for each name.
        self.data = dict(self.data.items()) | {"after": str(latest.position if latest else 0)}

    def chosen(self) -> dict[str, str]:
        values = {name: value for name, value in self.cleaned_data.items() if value and name != "after"}
        return values | {"WHENCREATED": values["WHENCREATED"].isoformat()}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for pick in self.picks:
            if typed := values.get(pick.name):
                self._clean_pick(pick, typed)
        self._clean_account()
        return self.cleaned_data

    def _clean_pick(self, pick: Pick, typed: str) -> None:
        """Accept a code in any case, or words that only one record has."""
        same_code = records_of(self.profile, pick).filter(code__iexact=typed)
        found = list(same_code[:1]) or suggestions(self.profile, pick, typed)
        if len(found) == 1:
            self.cleaned_data[pick.name] = found[0].code
        elif found:
            names = join_names(f"{record.code} {record.name}" for record in found[:5])
            words = _("Several records match. Enter the code of one, such as these: %(names)s")
            self.add_error(pick.name, Sentence(words, {"names": names}))
        else:
            self.add_error(pick.name, _("No active record with this code or name was synced. Choose one of the list."))

    def _clean_account(self) -> None:
        account = records_of(self.profile, BILL[1]).filter(code=self.cleaned_data.get("ACCOUNTNO", "")).first()
        for flag, name in REQUIRED_BY_ACCOUNT.items():
            is_given = name not in self.fields or self.cleaned_data.get(name) or name in self.errors
            if account and account.fields.get(flag) == "true" and not is_given and not self._is_given_by_entity(name):
                self.add_error(name, _("The account requires this. Choose a record, or another account."))

    def _is_given_by_entity(self, name: str) -> bool:
        return name == "LOCATIONID" and bool(self.profile.entity_id)

    def _needed(self) -> Sequence[str]:
        """At the top level of a company with entities, every bill line needs a location."""
        is_shared = self.profile.connection.company.get("multi_entity") and not self.profile.entity_id
        return ["LOCATIONID"] if is_shared else []

    def _field(self, pick: Pick) -> LineField:
        url = resolve_url("wizard:test_bill_records", self.profile.connection_id, self.profile.pk, pick.name)
        options = f"options-{pick.name}"
        attributes = {
            "list": options,
            "autocomplete": "off",
            "hx-get": url,
            "hx-trigger": WAITS,
            "hx-sync": "this:replace",
            "hx-target": f"#{options}",
            "hx-params": pick.name,
        }
        is_required = pick in BILL or pick.name in self._needed()
        return LineField(
            label=str(pick.label), required=is_required, max_length=200, widget=forms.TextInput(attrs=attributes)
        )

    def _typed(self, pick: Pick) -> str:
        """What was typed, if it is not the code of a record: then other records are of more use."""
        typed = str(self[pick.name].value() or "")
        return typed if self.is_bound and self[pick.name].errors else ""

    def _defaults(self) -> dict[str, str]:
        vendor, account = (records_of(self.profile, pick)[:LOOKED_THROUGH] for pick in BILL)
        firsts = {
            "VENDORID": next((row.code for row in vendor if row.fields.get("ONHOLD") != "true"), ""),
            "ACCOUNTNO": next((row.code for row in account if _is_plain_expense(row.fields)), ""),
        }
        if self._needed():
            firsts["LOCATIONID"] = next((row.code for row in records_of(self.profile, LOCATION)[:1]), "")
        return firsts


def _is_plain_expense(account: Mapping[str, Any]) -> bool:
    """Whether the account is for expenses and requires no dimension that the form does not ask for anyway."""
    is_expense = (account.get("ACCOUNTTYPE"), account.get("NORMALBALANCE")) == ("incomestatement", "debit")
    return is_expense and not any(account.get(flag) == "true" for flag in ("REQUIREDEPT", "REQUIREPROJECT"))
