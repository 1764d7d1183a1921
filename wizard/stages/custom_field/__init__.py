from django.utils.translation import gettext_lazy as _

from intacct.catalogue import CUSTOM_FIELD
from wizard.stages.custom_field.checks import checks
from wizard.stages.stage import Stage, Task, Value

STAGE = Stage(
    slug="custom_field",
    number=4,
    title=_("Custom field"),
    summary=_("A link on every bill in Intacct that opens its invoice in Beanworks."),
    minutes=5,
    tasks=(
        Task(
            slug="open",
            text=_("Start a new custom field"),
            path=("Customization Services or Platform Services", "Custom Fields", "Add"),
            note=_(
                "A company has Customization Services, Platform Services or both; either will do. Platform Services is "
                "open to full administrators only. If you see neither, ask a full administrator."
            ),
        ),
        Task(
            slug="values",
            text=_("Enter these values, page by page"),
            values=(
                Value(_("Object"), CUSTOM_FIELD.object_label),
                Value(_("Data type"), CUSTOM_FIELD.data_type),
                Value(_("Label"), CUSTOM_FIELD.label),
                Value(_("Field ID"), CUSTOM_FIELD.id),
                Value(_("Description"), CUSTOM_FIELD.description),
            ),
            note=_(
                "Neither the field ID nor the data type can be changed later. If one is wrong, make another field with "
                "the right one."
            ),
        ),
        Task(slug="done", text=_("Choose Done to save the field")),
    ),
    checks=checks,
)
