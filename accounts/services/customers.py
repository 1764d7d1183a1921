from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import ROOT_NAME, Customer, LegalEntity, OrgUnit, User
from audit.services import event_record
from core.errors import Refused
from core.isolated_text import Sentence


@transaction.atomic
def customer_create(*, actor: User, name: str, legal_entity: str, time_zone: str) -> Customer:
    """Create a customer with its Root Org Unit and its first legal entity under it."""
    try:
        with transaction.atomic():
            customer = Customer.objects.create(name=name)
    except IntegrityError:
        raise Refused(Sentence(_("A customer named %(name)s already exists."), {"name": name})) from None
    root = OrgUnit.objects.create(customer=customer, name=ROOT_NAME)
    unit = OrgUnit.objects.create(customer=customer, name=legal_entity, parent=root)
    LegalEntity.objects.create(customer=customer, org_unit=unit, name=legal_entity, time_zone=time_zone)
    event_record(action="customer.created", actor=actor, target=customer, customer_id=customer.pk, name=name)
    return customer
