from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Customer
from beanworks_connect.demo.loading import load
from beanworks_connect.demo.team import ACCOUNTS, PASSWORD


class Command(BaseCommand):
    help = "Load the demonstration: customers at every step. Running it again changes nothing."
    # `migrate`, which runs before it, has made them. They take a second.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--who", action="store_true", help="print who can sign in, and load nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PRACTICE:
            raise CommandError("The demonstration is for practice mode only: set PRACTICE=1.")
        if options["who"]:
            self._print_accounts()
        elif not Customer.objects.exists():
            self.stdout.write(f"Loaded {load()} customers.")

    def _print_accounts(self) -> None:
        self.stdout.write(f"Everyone's password is {PASSWORD}.")
        for group, accounts in ACCOUNTS.items():
            self.stdout.write(f"  {group}")
            for account in accounts:
                self.stdout.write(f"    {account.email:30} {account.sees}")
