from collections.abc import Sequence
from functools import partial

from django.utils.translation import gettext_lazy as _

from wizard.ladder import rung
from wizard.models import Connection
from wizard.stage import Check


def checks(connection: Connection) -> Sequence[Check]:
    return (Check("sender", _("Sender ID BeanworksMPP is authorized"), partial(rung, "sender")),)
