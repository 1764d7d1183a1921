"""How users operate a page: with the mouse, or with the keyboard alone."""

from playwright.sync_api import Locator, expect

STOPS = 500
"""How many controls a page has at most. After so many, the Tab key has gone around."""
HAS_FOCUS = "it => it === document.activeElement"
# The Tab key stops once in a group of radio buttons. The arrow keys go from one to the next.
GROUP_HAS_FOCUS = (
    "it => it.type === 'radio' && it.form === document.activeElement.form && it.name === document.activeElement.name"
)


class Mouse:
    def press(self, control: Locator) -> None:
        control.click()

    def check(self, box: Locator) -> None:
        box.check()

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)


class Keyboard:
    def press(self, control: Locator) -> None:
        self._reach(control)
        control.page.keyboard.press("Enter")

    def check(self, box: Locator) -> None:
        self._reach(box)
        if not box.is_checked():
            box.page.keyboard.press("Space")
        for _ in range(STOPS):
            if box.is_checked():
                return
            box.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the keyboard does not check {box}")

    def fill(self, field: Locator, text: str) -> None:
        self._reach(field)
        field.page.keyboard.press("Control+A")
        field.page.keyboard.press("Delete")
        field.page.keyboard.type(text)

    def _reach(self, control: Locator) -> None:
        expect(control).to_be_visible()
        expect(control).to_be_enabled()
        for _ in range(STOPS):
            if control.evaluate(f"it => ({HAS_FOCUS})(it) || ({GROUP_HAS_FOCUS})(it)"):
                return
            control.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not reach {control}")
