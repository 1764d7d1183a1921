"""Users of the product's pages, who know only what they read there."""

from collections.abc import Callable
from typing import Any, Self

from django.contrib.sessions.models import Session
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect

from beanworks_connect.demo.team import PASSWORD, email_of

from .hands import Keyboard, Mouse


class Person:
    """A user of the demonstration with a device. `page` is the page they see now. `hands` operate it.

    Texts are given in English. A user whose device has another `locale` sees and uses their translations.
    """

    hands: Mouse | Keyboard = Mouse()

    def __init__(
        self, new_page: Callable[..., Page], name: str, *, hands: Mouse | Keyboard = hands, **device: Any
    ) -> None:
        self._new_page, self._device, self.hands = new_page, device, hands
        self._language = str(device.get("locale", "en")).lower()
        self.email = email_of(name)
        self.page = self._sign_in()

    def takes_another_device(self) -> Self:
        """End the session and sign in on another device, with nothing of the old browser."""
        Session.objects.all().delete()
        self.page.context.close()
        self.page = self._sign_in()
        return self

    def word(self, text: str, **values: Any) -> str:
        """Return the text in the user's language, with values in its placeholders."""
        with translation.override(self._language):
            return gettext(text) % values if values else gettext(text)

    def presses(self, button: str) -> None:
        self.hands.press(self.page.get_by_role("main").get_by_role("button", name=self.word(button), exact=True))

    def goes_to(self, link: str) -> None:
        self.hands.press(self.page.get_by_role("main").get_by_role("link", name=self.word(link)).first)

    def fills(self, **values: str) -> None:
        """Fill in fields by label, with underscores for spaces."""
        for label, value in values.items():
            self.hands.fill(self.page.get_by_label(self.word(label.replace("_", " "))), value)

    def chooses(self, option: str) -> None:
        self.hands.check(self.page.get_by_role("main").get_by_role("radio", name=self.word(option)))

    def opens(self, fold: str) -> None:
        self.hands.press(self.page.get_by_role("main").locator("summary", has_text=fold))

    def reads(self, *words: str, within: Locator | None = None) -> None:
        """Wait until the page contains all words. With or without JavaScript, the user never reloads it by hand."""
        for text in words:
            expect(within or self.page.get_by_role("main")).to_contain_text(self.word(text))

    def is_at(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.word(title))

    def step(self, title: str) -> Locator:
        """Return a step of the list of steps."""
        return self.page.locator(".wizard__rail").get_by_role("listitem").filter(has_text=self.word(title))

    def _sign_in(self) -> Page:
        page = self._new_page(**self._device)
        page.goto("/")
        self.hands.fill(page.get_by_label(self.word("Email address")), self.email)
        self.hands.fill(page.get_by_label(self.word("Password")), PASSWORD)
        self.hands.press(page.get_by_role("button", name=self.word("Sign in"), exact=True))
        return page


class Administrator(Person):
    """The user who connects the customer's Intacct company."""

    @property
    def has_javascript(self) -> bool:
        return bool(self._device["java_script_enabled"])

    def ticks(self, *tasks: str) -> None:
        """Tick tasks. They are saved immediately with JavaScript, and by a button without."""
        for task in tasks:
            box = self.page.get_by_role("checkbox", name=task)
            if self.has_javascript:
                with self.page.expect_response("**/tick/"):
                    self.hands.check(box)
                expect(self.page.locator("#foot .saved")).to_contain_text("Saved at")
            else:
                self.hands.check(box)
        if not self.has_javascript:
            self.presses("Save progress")

    def has_ticked(self, *tasks: str) -> None:
        for task in tasks:
            expect(self.page.get_by_role("checkbox", name=task)).to_be_checked()

    def copies_everything(self) -> set[str]:
        """Open every task and press the copy buttons of its values. Return the copied texts."""
        copied = set()
        for task in self.page.locator(".task", has=self.page.locator(".chip")).all():
            if not task.locator(".task__body").is_visible():
                self.hands.press(task.locator("summary").first)
            copied |= {self._copies(value) for value in task.locator(".chip").all()}
        return copied

    def _copies(self, value: Locator) -> str:
        self.hands.press(value.get_by_role("button"))
        expect(value.get_by_role("button", name="Copied")).to_be_visible()
        copied: str = self.page.evaluate("navigator.clipboard.readText()")
        assert copied == value.locator("code").inner_text()
        return copied

    def marks_as_done(self, step: str) -> None:
        self.presses("Select all boxes and mark as done")
        self.reads("Done · not yet verified", within=self.step(step))

    def continues(self, number: int, step: str) -> None:
        self.goes_to(self.word("Continue to step %(number)s: %(title)s", number=number, title=self.word(step)))

    def enters(self, company_id: str, password: str) -> None:
        self.fills(Company_ID=company_id, Password=password)
        self.hands.press(self.page.get_by_role("button", name=self.word("Save and check")))
