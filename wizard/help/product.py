from django.utils.translation import gettext_noop as _

from wizard.help.topic import Section, Topic

SECTION = Section(
    _("For Beanworks to fix"),
    (
        Topic(
            "BC-901",
            "unknown",
            _("Intacct reported an error that we do not know"),
            _("We do not recognize this message. It never counts as a wrong password, and we try again automatically."),
            (_("Sage may have changed a message or a rule in a new release."),),
        ),
        Topic(
            "BC-902",
            "bad_request",
            _("Intacct refused our request as invalid"),
            _("The request that we sent was not in the form that Intacct expects. This is our error, not yours."),
            (_("Sage may have changed a rule in a new release, or we made a mistake in ours."),),
        ),
        Topic(
            "BC-903",
            "interrupted",
            _("The work was interrupted several times"),
            _(
                "A check or sync was started several times and did not finish. We stopped trying and informed "
                "Beanworks."
            ),
        ),
        Topic(
            "BC-904",
            "schedule_failed",
            _("A schedule was paused because we could not start its sync"),
            _("Something in our own data prevents this schedule from starting. Other schedules are not affected."),
            operators=(
                _("Find the reason in the log of the worker, and correct it."),
                _("Then ask the customer to resume the schedule."),
            ),
        ),
        Topic(
            "BC-905",
            "monitoring_failed",
            _("The daily check of a connection could not be started"),
            _("Something in our own data prevents this check. Syncs are not affected."),
            operators=(_("Find the reason in the log of the worker, and correct it. The check is tried every day."),),
        ),
        Topic(
            "BC-906",
            "check_failed",
            _("We could not evaluate an answer from Intacct"),
            _("Intacct sent an answer that our check did not expect. Other checks are not affected."),
        ),
    ),
)
