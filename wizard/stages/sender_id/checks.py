from collections.abc import Sequence
from functools import partial

from django.utils.translation import gettext_lazy as _

from wizard.verification.check import Check, Company, judge_sign_in


def checks(company: Company) -> Sequence[Check]:
    return (Check("sender", _("Sender ID BeanworksMPP is authorized"), partial(judge_sign_in, "sender")),)
