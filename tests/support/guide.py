"""The connection guide, followed on the practice company's screens in a browser."""

import re
from collections.abc import Collection

from playwright.sync_api import Locator, Page, expect

from intacct.catalogue import CUSTOM_FIELD, PERMISSIONS, ROLE_NAME, SENDER_ID, USER_ID, Permission
from practice.company import ADMINISTRATOR_PASSWORD

MAILBOX = "beanworks@example.com"
DIMENSIONS = "User Defined Dimensions"


class Screens:
    """An Intacct administrator's browser, in one company."""

    def __init__(self, page: Page, company_id: str) -> None:
        self.page = page
        self._home = f"/companies/{company_id}"

    def opens(self, menu: str, name: str) -> None:
        self.page.goto(self._home)
        menus = self.page.get_by_role("navigation", name="Menus")
        menus.locator("summary", has_text=menu).first.click()
        menus.get_by_role("link", name=name, exact=True).click()
        expect(self.page.locator(".path")).to_have_text(re.compile(f"^{menu} → (.+ → )?{name}$"))

    def turns_web_services_on(self) -> None:
        self.opens("Company", "Subscriptions")
        switch = self.page.get_by_role("switch", name="Web Services")
        switch.click()
        expect(switch).to_be_checked()

    def makes_the_user(self) -> str:
        """Create the user. Return the password that was emailed to its mailbox."""
        self.opens("Company", "Web Services users")
        self._presses("Add")
        self._fills({"User ID": USER_ID, "Last Name": "Beanworks", "Email Address": MAILBOX})
        self._picks({"User Type": "Business", "Admin Privileges": "Limited", "Status": "Active"})
        self._presses("Save")
        self.opens("Practice", "Mailbox")
        mail = self.page.get_by_role("article").filter(has_text=MAILBOX).first.locator("pre").inner_text()
        return mail.partition("Password: ")[2]

    def makes_the_role(self, *, leave_out: Collection[str]) -> None:
        """Create the role and tick the rights of the guide, except the rows in `leave_out`."""
        self.opens("Company", "Roles")
        self._presses("Add")
        self._fills({"Name": ROLE_NAME})
        self._presses("Save")
        for row in PERMISSIONS:
            if row.name not in leave_out:
                self._ticks(row)
        self._presses("Save")

    def ticks_also(self, names: Collection[str]) -> None:
        self.opens("Company", "Roles")
        self.page.get_by_role("link", name=f"Subscriptions of {ROLE_NAME}").click()
        for row in PERMISSIONS:
            if row.name in names:
                self._ticks(row)
        self._presses("Save")

    def gives_the_role_to_the_user(self) -> None:
        self.opens("Company", "Web Services users")
        self.page.get_by_role("link", name=f"Edit {USER_ID}").click()
        self._picks({"Role 1": ROLE_NAME})
        self._presses("Save")
        self._fills({"Your password": ADMINISTRATOR_PASSWORD})
        self._presses("Confirm")
        expect(self._row(USER_ID)).to_contain_text(ROLE_NAME)

    def authorizes_the_sender(self) -> None:
        """Authorize the sender. This needs two saves: in the dialog and on the page."""
        self.opens("Company", "Company")
        self._presses("Edit")
        self.page.get_by_role("button", name="+ Web Services Authorization").click()
        self._fills({"Sender ID": SENDER_ID})
        self._presses("Save")
        self._presses("Save")
        expect(self.page.locator("main")).to_contain_text(f"{SENDER_ID} (Active)")

    def makes_the_field(self, field_id: str) -> None:
        self.opens("Platform Services", "Custom Fields")
        self._presses("Add")
        for label, choice in {"Object": CUSTOM_FIELD.object_label, "Data Type": CUSTOM_FIELD.data_type}.items():
            self._picks({label: choice})
            self._presses("Next")
        self._fills({"Label": CUSTOM_FIELD.label, "Field ID": field_id, "Description": CUSTOM_FIELD.description})
        self._presses("Done")
        expect(self._row(field_id)).to_contain_text(CUSTOM_FIELD.label)

    def deletes_the_field(self, field_id: str) -> None:
        self.opens("Platform Services", "Custom Fields")
        self.page.get_by_role("button", name=f"Delete {field_id}").click()

    def _ticks(self, row: Permission) -> None:
        application = self.page.get_by_role("group", name=row.module.name, exact=True)
        if row.name == DIMENSIONS:
            for box in application.get_by_role("checkbox", name="View").all():
                box.check()
        for right in row.rights if row.name != DIMENSIONS else ():
            application.get_by_role("checkbox", name=f"{row.name}: {right}", exact=True).check()

    def _row(self, name: str) -> Locator:
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=name, exact=True))

    def _fills(self, values: dict[str, str]) -> None:
        for label, value in values.items():
            self.page.get_by_label(label, exact=True).fill(value)

    def _picks(self, values: dict[str, str]) -> None:
        for label, value in values.items():
            self.page.get_by_label(label, exact=True).select_option(value)

    def _presses(self, name: str) -> None:
        main = self.page.get_by_role("main")
        main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True)).click()
