from django.utils.translation import gettext_noop as _

from intacct.diagnoses import CHECK_AGAIN, MULTI_ENTITY, USER
from intacct.diagnosis import Diagnosis, Who

DIAGNOSES = (
    Diagnosis(
        "entities_hidden",
        Who.INTACCT_ADMINISTRATOR,
        _("Your company has several entities, but Intacct lists %(count)s for the user %(user_id)s"),
        (
            _(
                "“Restrict access to top level only” hides entities from Web Services. Clear it if you want to "
                "choose an entity."
            ),
            _("Or give the user access to the other entities: add them under Entities on the user’s page in Intacct."),
            _("If all bills belong to the top level, nothing needs to change."),
            CHECK_AGAIN,
        ),
        place=MULTI_ENTITY,
    ),
    Diagnosis(
        "entity_unknown",
        Who.CUSTOMER_ADMINISTRATOR,
        _("The Beanworks user has no access to the entity %(entity_id)s"),
        (
            _("Choose another entity, or the top level."),
            _("Or give the user access: add %(entity_id)s under Entities on the user’s page in Intacct."),
            CHECK_AGAIN,
        ),
    ),
    Diagnosis(
        "kept_to_entity",
        Who.CUSTOMER_ADMINISTRATOR,
        _("The Beanworks user is restricted to the entity %(found)s and cannot see the top level"),
        (
            _("If your bills belong to %(found)s, choose this entity."),
            _("If not, give the user access to the top level: see Entities on the user’s page in Intacct."),
            CHECK_AGAIN,
        ),
    ),
    Diagnosis(
        "formatting_unusual",
        Who.INTACCT_ADMINISTRATOR,
        _("The Beanworks user’s date format is %(found)s, so we can’t ask Intacct for recent changes"),
        (
            _("Syncs work, but each partial sync has to compare every list in full."),
            _("For faster syncs, set the user’s date format to month/day/year and its clock to 24 hours."),
            CHECK_AGAIN,
        ),
        place=USER,
    ),
)
