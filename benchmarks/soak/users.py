"""What users do: sign in, follow links, let the connection be checked, start and cancel syncs, enter a new password."""

from random import Random
from threading import Event
from time import monotonic

from django.urls import reverse

from intacct.catalogue import USER_ID
from wizard.stages import SIGN_IN_STAGE

from .browser import Browser, page_name
from .customers import USER_PASSWORD, Customer
from .figures import Answer

FORMS = {
    *("wizard:check", "wizard:confirm", "wizard:unlocked"),
    *("smartsync:full", "smartsync:cancel", "smartsync:retry", "smartsync:start"),
}
"""Forms that users submit when they come across them."""
BETWEEN = (0.3, 1.5)
"""Seconds between two pages."""
UNTIL_ENTERED = 20.0
"""Seconds until a user enters a password that was changed in Intacct, and until the user tries again."""


class Visitor:
    """A user of a customer, or one of Beanworks' own users, who only looks."""

    def __init__(self, url: str, answers: list[Answer], email: str, random: Random, customer: Customer | None) -> None:
        self.url, self.answers, self.email, self.random, self.customer = url, answers, email, random, customer
        self.sign_ins = 0
        self.browser = Browser(url, answers)
        self.enters_at = 0.0

    def visit(self, is_over: Event) -> None:
        """Sign in, do this and that, sign out, until it is over."""
        while not is_over.is_set():
            self.browser = Browser(self.url, self.answers)
            self.sign_in()
            for _ in range(self.random.randint(10, 40)):
                if is_over.wait(self.random.uniform(*BETWEEN)):
                    return
                self.act()
            self.browser.get(reverse("account_logout"))
            self.browser.submit(lambda form: form.action.endswith(reverse("account_logout")))

    def sign_in(self) -> None:
        """Sometimes forget the password, or mistype it, first."""
        chance = self.random.random()
        if chance < 0.1:
            self.browser.get(reverse("account_reset_password"))
            self.browser.submit(lambda form: "email" in form.fields, email=self.email)
        self.browser.get(reverse("account_login"))
        if chance > 0.9:
            self.browser.submit(lambda form: "login" in form.fields, login=self.email, password="mistyped")
        self.browser.submit(lambda form: "login" in form.fields, login=self.email, password=USER_PASSWORD)
        self.sign_ins += reverse("account_login") not in self.browser.address

    def act(self) -> None:
        customer, chance = self.customer, self.random.random()
        if customer and customer.new_password and self.is_time_to_enter():
            self.enter_password(customer)
        elif customer and chance < 0.06:
            self.browser.get(reverse("wizard:connection", args=[customer.connection_pk]))
            self.browser.submit(lambda form: page_name(form.action) == "wizard:check")
        elif customer and chance < 0.12:
            self.browser.get(reverse("smartsync:profile", args=[customer.profile_pk]))
            self.browser.submit(lambda form: page_name(form.action) == "smartsync:start")
        elif customer and chance < 0.15:
            self.browser.submit(lambda form: page_name(form.action) in FORMS)
        else:
            self.browser.get(self.random.choice(self.browser.links or [reverse("home")]))

    def is_time_to_enter(self) -> bool:
        """Whether the user knows of the new password for long enough. Then the user does not know it yet."""
        if not self.enters_at:
            self.enters_at = monotonic() + UNTIL_ENTERED
        return monotonic() > self.enters_at

    def enter_password(self, customer: Customer) -> None:
        self.enters_at = 0.0
        self.browser.get(reverse("wizard:stage", args=[customer.connection_pk, SIGN_IN_STAGE.slug]))
        self.browser.submit(
            lambda form: "password" in form.fields,
            company_id=customer.company.id,
            user_id=USER_ID,
            password=customer.new_password,
        )
