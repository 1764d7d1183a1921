from django.utils.translation import gettext_noop as _

from intacct.catalogue import CUSTOM_FIELD
from intacct.diagnoses import CHECK_AGAIN
from intacct.diagnosis import Diagnosis, Place, Who

ADMIN = Who.INTACCT_ADMINISTRATOR
FIELDS = Place(("Customization Services / Platform Services", "Custom Fields"))
NEW_FIELD = _("Choose Add and enter the values of the new field exactly as shown.")
VALUES = (
    ("Object", CUSTOM_FIELD.object_label),
    ("Data type", CUSTOM_FIELD.data_type),
    ("Label", CUSTOM_FIELD.label),
    ("Field ID", CUSTOM_FIELD.id),
    ("Description", CUSTOM_FIELD.description),
)

DIAGNOSES = (
    Diagnosis(
        "field_missing",
        ADMIN,
        _("Bills have no field with the ID %(wanted)s"),
        (NEW_FIELD, CHECK_AGAIN),
        place=FIELDS,
        values=VALUES,
    ),
    Diagnosis(
        "field_elsewhere",
        ADMIN,
        _("The field %(wanted)s is on %(found)s; it must be on AP Bill"),
        (NEW_FIELD, _("Delete the field on %(found)s. A field cannot be moved."), CHECK_AGAIN),
        place=FIELDS,
        values=VALUES,
    ),
    Diagnosis(
        "field_id_wrong",
        ADMIN,
        _("The field’s ID is %(found)s; it must be %(wanted)s"),
        (
            _("A field’s ID cannot be changed. Delete %(found)s to avoid confusion with the new field."),
            NEW_FIELD,
            CHECK_AGAIN,
        ),
        place=FIELDS,
        values=VALUES,
    ),
    Diagnosis(
        "field_text_wrong",
        ADMIN,
        _("The field’s %(part)s is “%(found)s”; it must be “%(wanted)s”"),
        (_("Choose Edit beside BEANWORKS, correct the %(part)s, then choose Done."), CHECK_AGAIN),
        place=FIELDS,
    ),
    Diagnosis(
        "field_type_wrong",
        ADMIN,
        _("The field is of type %(found)s, not URL"),
        (_("A field’s type cannot be changed. Delete the field %(wanted)s."), NEW_FIELD, CHECK_AGAIN),
        place=FIELDS,
        values=VALUES,
    ),
    Diagnosis(
        "field_shown_as_text",
        ADMIN,
        _("Intacct shows the link as plain text, so the field is not of type URL"),
        (
            _("A field’s type cannot be changed. Delete the field BEANWORKS."),
            NEW_FIELD,
            _("Then send another test bill and open its link."),
        ),
        place=FIELDS,
        values=VALUES,
    ),
    Diagnosis(
        "link_not_stored",
        ADMIN,
        _("Intacct did not store the link of the test bill in %(wanted)s as we sent it"),
        (
            _("It stored this: “%(found)s”. Check that the field is on AP Bill, and that nothing changes its value."),
            _("Then send another test bill."),
        ),
        place=FIELDS,
        values=VALUES,
    ),
    Diagnosis(
        "field_type_untold",
        Who.NO_ONE,
        _("Intacct does not report whether the field is a URL or plain text"),
        (
            _("The data type of the field Beanworks must be URL. A plain text field has no link to click."),
            _("If it is not URL, delete the field and create it again: a field’s type cannot be changed."),
            _("Or send a test bill after the first sync. When its link is opened in Intacct, this is verified."),
        ),
        place=FIELDS,
    ),
)
