from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from core.fields import IdField, SecretField, max_length_of
from core.isolated_text import Sentence, isolate
from core.text import invisible_in_secret
from intacct.catalogue import USER_ID
from wizard.forms import StageForm
from wizard.levels import TOP, entity_id_of, level_of
from wizard.models import Connection

KEPT = _("Saved. Leave this blank to keep it, or enter the new password if it was reset in Intacct.")
KEPT_AFTER_REFUSAL = _(
    "Intacct refused the sign-in with the saved password. Enter it again. Leave this blank only if another "
    "value here was wrong."
)


class CredentialsForm(StageForm):
    """The Web Services user's credentials. The page never shows the password; an empty field keeps the stored one."""

    company_id = IdField(
        label=_("Company ID"),
        max_length=max_length_of(Connection, "company_id"),
        help_text=_("The Company ID that you enter on Intacct’s sign-in page, not the company’s name or a console ID."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    company_id_sure = forms.BooleanField(label=_("This is our company ID"), required=False)
    user_id = IdField(
        label=_("User ID"),
        max_length=max_length_of(Connection, "user_id"),
        help_text=_("The Web Services user that was created for Beanworks, not your own user."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    password = SecretField(
        label=_("Password"),
        help_text=_("The password that Intacct emailed to the Web Services user’s mailbox, not your own password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    password_sure = forms.BooleanField(label=_("Our password contains these characters"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("password_stored"):
            self.fields["password"].required = False
            # Not "(optional)": there is a password, and a blank field keeps it.
            self.fields["password"].is_stored = True  # type: ignore[attr-defined]
            self.fields["password"].help_text = KEPT_AFTER_REFUSAL if self.initial.get("is_refused") else KEPT

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.looks_like_mail = "@" in data.get("company_id", "")
        if self.looks_like_mail and not data.get("company_id_sure"):
            self.add_error(
                "company_id",
                _("This looks like an email address. If it is your company ID, select the box below."),
            )
        self.invisible = invisible_in_secret(data.get("password", ""))
        if self.invisible and not data.get("password_sure"):
            words = _(
                "This password contains invisible characters: %(characters)s. Enter it without them. If they "
                "belong to it, enter it again and select the box below."
            )
            self.add_error("password", words % {"characters": self.invisible})
        return data

    def typed(self) -> dict[str, Any]:
        """Leave out the confirmation, because it belongs to the password that was typed with it."""
        return {name: value for name, value in super().typed().items() if name != "password_sure"}

    @classmethod
    def stored(cls, connection: Connection) -> dict[str, Any]:
        return {
            "company_id": connection.company_id,
            "user_id": connection.user_id or USER_ID,
            "password_stored": connection.credentials_saved_at is not None
            and connection.disconnected_at is None
            and connection.sign_in_block != Connection.SignInBlock.UNREADABLE,
            "is_refused": connection.sign_in_block == Connection.SignInBlock.REFUSED,
        }


class LevelForm(forms.Form):
    """Choose top level or one entity of Intacct's list. The service decides whether an entity may be chosen."""

    level = forms.ChoiceField(label=_("Where do your bills go?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, entities: list[dict[str, str]], used: dict[str, str], **kwargs: Any) -> None:
        """`entities`: id, name and currency of each. `used`: legal entities' names by the entity ID that they use."""
        super().__init__(*args, **kwargs)
        self.fields["level"].error_messages["invalid_choice"] = (
            _("Choose the top level or an entity from the list.")
            if entities
            else _("This company has a single entity. Choose the top level.")
        )
        top = format_html("<b>{}</b> <small>{}</small>", _("Top level"), self._holder(used.get("")))
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            (TOP, top),
            *((level_of(entity["id"]), self._entity(entity, used.get(entity["id"]))) for entity in entities),
        ]

    @staticmethod
    def _holder(name: str | None) -> str:
        return Sentence(_("already used by %(name)s"), {"name": name}) if name else ""

    def _entity(self, entity: dict[str, str], holder: str | None) -> str:
        facts = [isolate(entity["id"]), entity.get("currency") or "", self._holder(holder)]
        small = format_html_join(" · ", "{}", ([fact] for fact in facts if fact))
        return format_html("<b>{}</b> <small>{}</small>", isolate(entity["name"]), small)

    def chosen(self) -> dict[str, str]:
        """Return level and entity ID as arguments of `services.level_choose`."""
        entity_id = entity_id_of(self.cleaned_data["level"])
        return {"level": Connection.Level.ENTITY if entity_id else Connection.Level.TOP, "entity_id": entity_id}
