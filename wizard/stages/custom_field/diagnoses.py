from django.utils.translation import gettext_noop as _

from intacct.diagnoses import CHECK_AGAIN
from intacct.diagnosis import Diagnosis, Who

ADMIN = Who.INTACCT_ADMINISTRATOR
FIELDS_PAGE = _("Open Platform Services → Custom Fields (or Customization Services → Custom Fields).")
NEW_FIELD = _(
    "Choose Add and enter: object AP Bill, type URL, label Beanworks, ID %(wanted)s, description %(description)s."
)

DIAGNOSES = (
    Diagnosis(
        "field_missing",
        ADMIN,
        _("Bills have no field with the ID %(wanted)s"),
        (FIELDS_PAGE, NEW_FIELD, CHECK_AGAIN),
    ),
    Diagnosis(
        "field_elsewhere",
        ADMIN,
        _("The field %(wanted)s is on %(found)s; it must be on AP Bill"),
        (FIELDS_PAGE, NEW_FIELD, _("Delete the field on %(found)s. A field cannot be moved."), CHECK_AGAIN),
    ),
    Diagnosis(
        "field_id_wrong",
        ADMIN,
        _("The field’s ID is %(found)s; it must be %(wanted)s"),
        (
            FIELDS_PAGE,
            _("A field’s ID cannot be changed. Delete %(found)s to avoid confusion with the new field."),
            NEW_FIELD,
            CHECK_AGAIN,
        ),
    ),
    Diagnosis(
        "field_text_wrong",
        ADMIN,
        _("The field’s %(part)s is “%(found)s”; it must be “%(wanted)s”"),
        (FIELDS_PAGE, _("Choose Edit beside BEANWORKS, correct the %(part)s, then choose Done."), CHECK_AGAIN),
    ),
    Diagnosis(
        "field_type_wrong",
        ADMIN,
        _("The field is of type %(found)s, not URL"),
        (FIELDS_PAGE, _("A field’s type cannot be changed. Delete the field %(wanted)s."), NEW_FIELD, CHECK_AGAIN),
    ),
    Diagnosis(
        "field_type_untold",
        Who.NO_ONE,
        _("Intacct does not report whether the field is a URL or plain text"),
        (
            FIELDS_PAGE,
            _("The data type of the field Beanworks must be URL. A plain text field has no link to click."),
        ),
    ),
)
