from typing import Any

from wizard.pages.stage_page import StagePage


class Page(StagePage):
    def context(self) -> dict[str, Any]:
        return {"greeting": "Hello from a folder"}
