from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import LegalEntity, User
from wizard.forms import StageForm
from wizard.models import Connection, SyncProfile


class ProfileForm(StageForm):
    legal_entity = forms.ModelChoiceField(
        label=_("Legal entity"),
        help_text=_("The company in Beanworks whose invoices go to this Intacct company. One request for each."),
        queryset=LegalEntity.objects.none(),
        empty_label=None,
    )
    note = forms.CharField(
        label=_("Note for Beanworks"),
        help_text=_("Anything our support team should know, such as the day you want to start."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, connection: Connection, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = SyncProfile.objects.filter(state__in=SyncProfile.OPEN).values("legal_entity")
        free = LegalEntity.objects.visible_to(person).filter(customer=connection.customer_id).exclude(pk__in=taken)
        self.fields["legal_entity"].queryset = free.order_by("name")  # type: ignore[attr-defined]
