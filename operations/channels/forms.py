from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.stale_forms import VersionedForm
from core.fields import ChoicesField, EmailField, NameField, SecretField, max_length_of
from core.outgoing.addresses import clean_url
from operations.channels.kinds import KINDS
from operations.channels.models import Channel

EMAIL = Channel.Service.EMAIL


class UnshownUrl(forms.PasswordInput):
    """An input for a URL that is a secret: what was typed is readable, and never sent back to the browser."""

    input_type = "url"


class ChannelForm(VersionedForm):
    """A channel: a new one with its service, which stays what it is.

    The name of `secret_url` keeps it out of what is stored while its user signs in again.
    """

    name = NameField(label=_("Name"), max_length=max_length_of(Channel, "name"))
    team = forms.ChoiceField(label=_("Team"), choices=Channel.Team.choices)
    service = forms.ChoiceField(label=_("Service"), choices=Channel.Service.choices)
    email = EmailField(label=_("Email address"), required=False)
    secret_url = SecretField(
        label=_("Webhook URL"), required=False, max_length=1000, widget=UnshownUrl(attrs={"autocomplete": "off"})
    )
    language = forms.ChoiceField(label=_("Language of the messages"), choices=settings.LANGUAGES)
    kinds = ChoicesField(
        label=_("Report"),
        choices=[(kind.slug, kind.title) for kind in KINDS.values()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=list(KINDS),
        help_text=_("A channel reports what begins after you select it here."),
    )

    def __init__(self, data: Any = None, *, channel: Channel | None = None) -> None:
        super().__init__(data, initial=channel_values(channel) if channel else {})
        self.channel = channel
        if channel is None:
            self.fields["secret_url"].help_text = _(
                "For Slack or Teams. In Slack, add an incoming webhook; in Teams, a workflow that posts to a channel "
                "when a webhook request is received. It is stored encrypted and never displayed."
            )
            return
        del self.fields["service"], self.fields["secret_url" if channel.service == EMAIL else "email"]
        if channel.service != EMAIL:
            self.fields["secret_url"].help_text = _("Saved. It is never displayed. Leave this blank to keep it.")

    def clean_secret_url(self) -> str:
        url = self.cleaned_data["secret_url"].strip()
        return clean_url(url) if url else ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.channel is None and "service" in values:
            wanted, other = ("email", "secret_url") if values["service"] == EMAIL else ("secret_url", "email")
            self._require(wanted)
            values[other] = ""
        elif self.channel and self.channel.service == EMAIL:
            self._require("email")
        return values

    def _require(self, name: str) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, self.fields[name].error_messages["required"])


def channel_values(channel: Channel) -> dict[str, Any]:
    """Return what the form shows of a channel."""
    names = ("name", "team", "email", "language", "version")
    values = {name: getattr(channel, name) for name in names}
    return {**values, "kinds": [kind for kind in KINDS if kind in {row.kind for row in channel.kinds.all()}]}
