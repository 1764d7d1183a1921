"""The customers: where each one is in the wizard, since when, and what it waits for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from beanworks_connect.demo.times import ago, broken_at
from practice.demo import FOLLOWED, HARBOUR_MILLS, company_id

Request = Literal["", "requested", "claimed", "asked", "declined", "approved"]


@dataclass(frozen=True)
class Story:
    """One customer.

    step: the slug of the step where its connection is; empty if it has none. days: since when; started: when the
    connection was started, both in days before now. request: the state of its requests, one for each legal entity.
    decided: for each legal entity in use, when its request was approved. declined: when an earlier one was declined.
    """

    name: str
    administrator: str
    step: str = ""
    days: int = 0
    started: int = 0
    request: Request = ""
    decided: tuple[int, ...] = ()
    declined: int = 0
    legal_entities: int = 1
    language: str = "en"

    @property
    def company_id(self) -> str:
        """What was entered as the company ID. Juniper & Co has a shorter name in Intacct."""
        return TYPED_IDS.get(self.name) or company_id(INTACCT_NAMES.get(self.name, self.name))

    @property
    def mistakes(self) -> tuple[str, ...] | None:
        """What is wrong in Intacct. None: no credentials were entered yet."""
        return MISTAKES.get(self.name) if self.step else None

    @property
    def credentials_days(self) -> float:
        """When the credentials were entered, in days before now."""
        if self.decided:
            return max(self.decided[0], self.declined) + 6
        return max(self.days, 0.3)

    @property
    def since(self) -> datetime:
        return broken_at() if self.name == BROKEN else ago(self.days, minutes=5)

    @property
    def is_in_use(self) -> bool:
        return bool(self.decided) and self.request == ""


FRENCH = "fr-ca"
STORIES = (
    Story("Maple Ridge", "Maya Root"),
    # The three with companies of full size. Others know them by name: see README.md.
    Story("Harbour Mills", "Hana Root", "user_role", 6, 9),
    Story("Juniper Co", "Jon Root", "sync_profile", 1, 5),
    # On the way to the credentials
    Story("Alder Point Logistics", "Alan Frye", "pre_checks", 0, 0),
    Story("Boulangerie Saint-Roch", "Benoît Gagnon", "pre_checks", 12, 12, language=FRENCH),
    Story("Birch Lane Foods", "Bea Lindqvist", "user_role", 2, 3),
    Story("Cobalt Bay Marine", "Curtis Boyd", "user_role", 9, 11),
    Story("Dogwood Dental Group", "Dana Whitfield", "user_role", 23, 24),
    Story("Érablière Boréale", "Élise Fortin", "user_role", 5, 5, language=FRENCH),
    Story("Fireweed Energy", "Femi Adeyemi", "user_role", 41, 44),
    Story("Glacier Peak Tours", "Greta Olsen", "sender_id", 1, 4),
    Story("Hawthorn Hotels", "Hugo Marchetti", "sender_id", 16, 21),
    Story("Imprimerie Laurier", "Isabelle Roy", "custom_field", 3, 8, language=FRENCH),
    Story("Kelp Forest Foods", "Karim Haddad", "custom_field", 20, 26),
    Story("Larch Valley Schools", "Lena Novak", "credentials", 4, 9),
    Story("Mill Creek Brewing", "Mona Reyes", "credentials", 28, 33),
    # Something in Intacct is wrong
    Story("Northern Lights Optics", "Nadia Petrov", "user_role", 11, 14),
    Story("Osprey Air", "Oscar Lund", "user_role", 8, 10),
    Story("Pine Street Clinics", "Priya Nair", "sender_id", 7, 13),
    Story("Quartz Mountain Mining", "Quinn Abbott", "custom_field", 15, 19),
    Story("Rivière Bleue Transport", "Rémi Bélanger", "credentials", 2, 6, language=FRENCH),
    Story("Salal Gardens", "Sandra Cole", "credentials", 34, 38),
    # Requests
    Story("Tamarack Timber", "Tess Moreau", "sync_profile", 0, 6, "requested"),
    Story("Umbra Lighting", "Umar Sheikh", "sync_profile", 1, 8, "requested", legal_entities=2),
    Story("Verger Mont-Royal", "Véronique Lapointe", "sync_profile", 2, 10, "claimed", language=FRENCH),
    Story("Willow Creek Veterinary", "Wendy Tanaka", "sync_profile", 3, 12, "asked"),
    Story("Yarrow Health", "Yusuf Demir", "sync_profile", 11, 15, "declined", declined=5),
    Story("Zinc Harbour Metals", "Zoe Castellano", "smart_sync", 2, 11, "approved", decided=(2,)),
    # In use
    Story("Arbutus Apparel", "Anna Kowalski", "smart_sync", 55, 68, decided=(55, 36, 13), declined=60),
    Story("Bracken Books", "Brian Doyle", "smart_sync", 71, 79, decided=(71, 44)),
    Story("Cascade Cycles", "Camille Dubois", "smart_sync", 85, 122, decided=(85,), language=FRENCH),
    Story("Driftwood Interiors", "Diego Alvarez", "smart_sync", 33, 58, decided=(33, 20), declined=37),
    Story("Évasion Plein Air", "Étienne Morin", "smart_sync", 62, 70, decided=(62, 51), language=FRENCH),
    Story("Fraser Freight", "Fiona MacLeod", "smart_sync", 78, 101, decided=(78, 64, 27), declined=85),
    Story("Garry Oak Grocers", "Gary Whitehorse", "smart_sync", 47, 55, decided=(47,)),
    Story("Hemlock Homes", "Helen Zhou", "credentials", 1, 48, decided=(40, 16)),
    Story("Inlet Insurance", "Ivan Horvat", "smart_sync", 24, 37, decided=(24,), declined=28),
    Story("Kootenay Coffee", "Kate Sinclair", "smart_sync", 9, 17, decided=(9,)),
)
# Whose newest sync is incomplete, and whose password was changed in Intacct yesterday.
INCOMPLETE, BROKEN = "Garry Oak Grocers", "Hemlock Homes"
# Who disconnected, whose newest profile was revoked, and who asks for another level of a profile.
DISCONNECTED, REVOKED, MOVING = "Cascade Cycles", "Arbutus Apparel", "Driftwood Interiors"
# Whose first legal entity is synced every night; all others are synced on Mondays.
# It does not use all lists.
FEWER_LISTS = "Arbutus Apparel"
NIGHTLY = ("Arbutus Apparel", "Évasion Plein Air", INCOMPLETE, BROKEN)
# Names in Intacct, where they differ.
INTACCT_NAMES = {"Rivière Bleue Transport": "Riviere Bleue Transport", "Évasion Plein Air": "Evasion Plein Air"}
TYPED_IDS = {"Salal Gardens": "SALAL-GARDEN"}
MISTAKES: dict[str, tuple[str, ...]] = {
    "Harbour Mills": HARBOUR_MILLS,
    "Juniper Co": (),
    "Salal Gardens": ("company",),
    **FOLLOWED,
    **{name: FOLLOWED[in_intacct] for name, in_intacct in INTACCT_NAMES.items()},
}
