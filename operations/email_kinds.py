"""What Beanworks staff send by hand to a customer."""

from django.utils.translation import gettext_lazy as _

from mail.kinds import EmailKind

MISSING = EmailKind(
    "what_is_missing",
    _("Beanworks sends you what is missing"),
    _("You get this email because you may change your company’s connection to Sage Intacct."),
    _("Continue"),
    always=True,
)
EMAIL_KINDS = (MISSING,)
