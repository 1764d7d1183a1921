"""Company → Subscriptions: turn Web Services and applications on and off."""

from intacct import catalogue
from practice.company.company import Company
from practice.company.parts import Refused


def set_web_services(company: Company, on: bool) -> None:
    company.web_services_on = on


def set_subscription(company: Company, module: str, on: bool) -> None:
    if module not in {application.slug for application in catalogue.MODULES}:
        raise Refused(f"There is no application named {module}.")
    (company.subscriptions.add if on else company.subscriptions.discard)(module)
