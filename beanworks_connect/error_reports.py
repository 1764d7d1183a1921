"""What error pages and reports show of a request. They never show a secret, not even with DEBUG."""

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

SECRET_NAMES = re.compile(
    "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|CREDENTIAL|CODE|(DATABASE|REDIS|BROKER|EMAIL|CACHE).*URL|DATABASES|CACHES",
    re.IGNORECASE,
)


class ReportFilter(SafeExceptionReporterFilter):
    hidden_settings = SECRET_NAMES

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        parameters = super().get_post_parameters(request)
        return {name: self.cleanse_setting(name, value) for name, value in parameters.items()}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        """Return the names of variables without values: any value may be or contain a secret, a form or a request."""
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()
