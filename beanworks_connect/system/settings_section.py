"""The settings in force, as the process that answers has read them. No secret is shown, only whether it is set."""

from typing import Any

from django.utils.translation import gettext as _

from beanworks_connect.environment import Environment
from beanworks_connect.environment.variables import CHECKS, SHOWN_TEXTS
from beanworks_connect.settings import env
from beanworks_connect.system.section import Section


def settings_section(environment: Environment = env) -> Section:
    return Section(
        _("Settings in force"),
        "docs/configuration.md",
        (_("Setting"), _("Value"), _("Source")),
        [_row(environment, name) for name in CHECKS],
    )


def _row(environment: Environment, name: str) -> tuple[str, str, str]:
    is_default = name not in environment.ENVIRON
    value = shown_value(name, environment.read.get(name))
    return name, value, _("Default") if is_default else _("Environment")


def shown_value(name: str, value: Any) -> str:
    """Return the value as it is written in the environment. A text is shown only if it is known to be no secret."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if not value:
        return _("not set")
    if name not in SHOWN_TEXTS:
        return _("set")
    return ",".join(value) if isinstance(value, list) else str(value)
