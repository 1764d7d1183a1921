from django.utils.translation import gettext_noop as _

from wizard.help.topic import Section, Topic

DELETED = _("The field was deleted or created again with other values.")

SECTION = Section(
    _("The custom field on bills"),
    (
        Topic(
            "BC-401",
            "field_missing",
            _("Bills have no field BEANWORKS"),
            _(
                "The custom field holds the link from a bill in Intacct to its invoice in Beanworks. It was not "
                "found on AP Bill."
            ),
            (DELETED,),
        ),
        Topic(
            "BC-402",
            "field_elsewhere",
            _("The field BEANWORKS is on another object"),
            _(
                "The field exists, but not on AP Bill. A field cannot be moved. Create it on AP Bill and delete "
                "the other one."
            ),
            (DELETED,),
        ),
        Topic(
            "BC-403",
            "field_id_wrong",
            _("The field has another ID"),
            _(
                "The label may be anything, but programs find a field by its ID, and an ID cannot be changed "
                "after creation."
            ),
            (DELETED,),
        ),
        Topic(
            "BC-404",
            "field_text_wrong",
            _("The field’s label or description differs"),
            _("The field is in the right place. Its label or description differs from what your page shows."),
            (_("An administrator edited the field."),),
        ),
        Topic(
            "BC-405",
            "field_type_wrong",
            _("The field is not of type URL"),
            _("Only a field of type URL shows a link that can be clicked. The type cannot be changed after creation."),
            (DELETED,),
        ),
        Topic(
            "BC-406",
            "field_type_untold",
            _("Intacct does not report the field’s type"),
            _("Intacct reports URL fields as text. Please look at the field once and confirm that its type is URL."),
        ),
    ),
)
