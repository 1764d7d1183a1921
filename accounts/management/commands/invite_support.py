from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.models import Invitation, User
from accounts.services import Refused, invitation_create
from core.fields import EmailField, NameField, max_length_of
from core.links import absolute_url

NAME = NameField(max_length=max_length_of(Invitation, "name"))


class Command(BaseCommand):
    help = "Invites the first support user and prints the link. That user then invites the others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            invited = {"email": EmailField().clean(email), "name": NAME.clean(name)}
            _invitation, token = invitation_create(actor=None, kind=User.Kind.SUPPORT, **invited)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(absolute_url(reverse("accounts:open_invitation", args=[token.reveal()])))
