from collections.abc import Sequence
from functools import partial

from django.utils.translation import gettext_lazy as _

from wizard.models import Connection
from wizard.stage import Check
from wizard.verification.ladder import judge_sign_in


def checks(connection: Connection) -> Sequence[Check]:
    return (Check("sender", _("Sender ID BeanworksMPP is authorized"), partial(judge_sign_in, "sender")),)
