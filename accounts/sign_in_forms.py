"""allauth's forms, with email addresses spelled as they are stored."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.passwords import refused_password_hint
from accounts.rate_limits import LimitReached, use_limit
from accounts.services import password_reset_request
from core.fields import EmailField, JSONField, NameField


def _address_field() -> EmailField:
    return EmailField(label=_("Email address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _address_field()
        self.fields["password"].widget.attrs.pop("placeholder", None)
        # It would repeat the label.
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def clean(self) -> Any:
        try:
            return super().clean()
        except ValidationError:
            # The characters alone are no reason to refuse: the password may be older than the rule against them.
            if hint := refused_password_hint(self.cleaned_data.get("password", "")):
                self.add_error("password", hint)
            raise


PASSWORD_HELP = _("At least eight characters. A phrase of several words is easier to remember than symbols and digits.")
# allauth's own labels are in title case, and its French is that of France.
PASSWORD_LABELS = {
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password (again)"),
}


class PasswordLabels:
    """Give a form of allauth's our labels. The browser shows no placeholder, which would repeat them."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PASSWORD_LABELS.keys() & self.fields.keys():
            self.fields[name].label = PASSWORD_LABELS[name]
            self.fields[name].widget.attrs.pop("placeholder", None)
        # Django's lists every rule. What breaks one is refused with its reason.
        self.fields["password1"].help_text = PASSWORD_HELP


class PasswordChangeForm(PasswordLabels, ChangePasswordForm):
    pass


class PasswordSetForm(PasswordLabels, SetPasswordForm):
    pass


class PasswordResetForm(PasswordLabels, ResetPasswordKeyForm):
    pass


class ConfirmForm(ReauthenticateForm):
    def clean_password(self) -> str:
        try:
            return str(super().clean_password())
        except ValidationError as refused:
            hint = refused_password_hint(self.cleaned_data["password"])
            raise ValidationError([refused, hint] if hint else refused) from refused


class ResetForm(ResetPasswordForm):
    email = _address_field()

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        try:
            use_limit("reset_to_address", email)
        except LimitReached as reached:
            raise ValidationError(str(reached)) from reached
        return email

    def save(self, request: HttpRequest, **options: Any) -> str:
        password_reset_request(email=self.cleaned_data["email"])
        return str(self.cleaned_data["email"])


def _credential_field() -> JSONField:
    return JSONField(widget=forms.HiddenInput)


def _passkey_name_field(*, required: bool) -> NameField:
    return NameField(label=_("Name"), max_length=120, required=required)


class PasskeyForm(AddWebAuthnForm):
    name = _passkey_name_field(required=False)
    passwordless = forms.BooleanField(
        label=_("Sign in with this passkey alone"),
        required=False,
        help_text=_("You then need no password. The passkey must ask for your fingerprint, face or PIN each time."),
    )
    credential = _credential_field()


class PasskeyNameForm(EditWebAuthnForm):
    name = _passkey_name_field(required=True)


class PasskeySignInForm(LoginWebAuthnForm):
    credential = _credential_field()


class PasskeyConfirmForm(ReauthenticateWebAuthnForm):
    credential = _credential_field()
