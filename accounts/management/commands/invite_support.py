from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.models import User
from accounts.services import Refused, invitation_create
from core.fields import EmailField
from core.links import absolute_url


class Command(BaseCommand):
    help = "Invites the first support user and prints the link. That user then invites the others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            address = EmailField().clean(email)
            _invitation, token = invitation_create(actor=None, email=address, name=name, kind=User.Kind.SUPPORT)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(absolute_url(reverse("accounts:open_invitation", args=[token.reveal()])))
