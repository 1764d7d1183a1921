from django.utils.translation import gettext_lazy as _

from intacct.catalogue import CUSTOM_FIELD
from intacct.diagnosis import Place
from wizard.stages.custom_field.checks import checks
from wizard.stages.custom_field.diagnoses import DIAGNOSES, FIELDS
from wizard.stages.stage import Stage, Task, Value

STAGE = Stage(
    slug="custom_field",
    number=4,
    title=_("Custom field"),
    summary=_("Add a field to bills in Intacct that links each bill to its invoice in Beanworks."),
    minutes=5,
    tasks=(
        Task(
            slug="open",
            text=_("Start a new custom field"),
            place=Place((*FIELDS.path, "Add")),
            note=_(
                "Use whichever you see: Customization Services or Platform Services. Only full administrators "
                "can open Platform Services. If you see neither, ask a full administrator."
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
                "The field ID and the data type cannot be changed later. If one is wrong, create another field "
                "with the right values."
            ),
        ),
        Task(slug="done", text=_("Choose Done to save the field")),
    ),
    removal=(
        Task(
            slug="remove-field",
            text=_("Decide whether to delete the custom field"),
            place=FIELDS,
            values=(Value(_("Object"), CUSTOM_FIELD.object_label), Value(_("Field ID"), CUSTOM_FIELD.id)),
            note=_(
                "It holds the links from bills to their invoices in Beanworks. If you delete it, existing bills stay, "
                "but lose their links, and no one can restore them. If you keep it, it does no harm."
            ),
        ),
    ),
    checks=checks,
    diagnoses=DIAGNOSES,
    is_handed_over=True,
    template="custom_field/stage.html",
)
