from django.utils.translation import gettext_noop as _

from wizard.help.topic import Section, Topic

OUTAGE = _("Usually nothing on your side. Sage may have an outage or maintenance: see its status page.")
NETWORK = _("Your company may have changed which IP addresses can reach Intacct.")

SECTION = Section(
    _("Reaching Intacct"),
    (
        Topic(
            "BC-101",
            "no_connection",
            _("We could not reach Intacct"),
            _(
                "We could not open a connection to Intacct’s servers, or it broke before we received an answer. "
                "Nothing was sent twice, and everything you entered is saved."
            ),
            (OUTAGE,),
        ),
        Topic(
            "BC-102",
            "no_answer_in_time",
            _("Intacct did not answer in time"),
            _(
                "Intacct accepted our request but did not finish its answer within our time limit. This happens "
                "with large lists, and at busy times such as month-end. We ask again automatically, for smaller "
                "parts."
            ),
            (OUTAGE, _("A list may have grown, or many other programs may be using your company at this hour.")),
        ),
        Topic(
            "BC-103",
            "company_busy",
            _("Another check or sync of your company is running"),
            _(
                "Intacct accepts only a few requests at a time for each company. Our own checks and syncs of "
                "your company take turns, and this one waited too long."
            ),
            (_("A large sync may be running. Check again when it has finished."),),
        ),
        Topic(
            "BC-104",
            "too_many_requests",
            _("Intacct accepts no more requests for your company right now"),
            _(
                "Every Intacct company can run a limited number of operations at a time, shared by all programs "
                "that connect to it. The limit was reached. We slow down and try again automatically."
            ),
            (
                _("Another program that connects to your Intacct company may have started or may run more often."),
                _("Your Web Services performance tier may have changed: ask your Sage representative."),
            ),
        ),
        Topic(
            "BC-105",
            "intacct_unavailable",
            _("Intacct is unavailable or under maintenance"),
            _(
                "Intacct reported that it is temporarily offline. Sage maintains Intacct every Friday evening, "
                "Pacific time. Affected syncs are retried."
            ),
            (OUTAGE,),
        ),
        Topic(
            "BC-106",
            "web_page_reply",
            _("Intacct answered with a web page"),
            _(
                "Instead of data, we received a web page. Intacct’s servers do this during an outage or "
                "maintenance. A network "
                "device between us can also cause it."
            ),
            (OUTAGE,),
        ),
        Topic(
            "BC-107",
            "unreadable_reply",
            _("An answer from Intacct could not be read"),
            _(
                "The answer was incomplete or not in the form that Intacct documents. We never guess, so we used "
                "none of it and changed nothing that was saved before."
            ),
            (OUTAGE,),
        ),
        Topic(
            "BC-108",
            "reply_too_large",
            _("An answer from Intacct was too large"),
            _(
                "We limit the size of an answer to protect every customer’s work. This answer was larger than "
                "that limit."
            ),
            (_("A field of many records may hold very long text, for example pasted emails."),),
        ),
        Topic(
            "BC-109",
            "unproved_identity",
            _("The server could not prove that it belongs to Intacct"),
            _(
                "We send your credentials only to a server that proves its identity with a valid certificate. "
                "This server did "
                "not, so we sent nothing."
            ),
            (_("Usually a certificate expired or a network changed. Neither is in your Intacct company."),),
        ),
        Topic(
            "BC-110",
            "forbidden_host",
            _("Intacct named an address that does not belong to Intacct"),
            _(
                "After sign-in, Intacct names the address to use. We accept only Intacct’s own addresses, "
                "so we stopped."
            ),
            (_("Your company may have moved to another Intacct data center."),),
        ),
        Topic(
            "BC-111",
            "blocked_before_intacct",
            _("Our request was blocked before it reached Intacct"),
            _(
                "A filter in front of Intacct refused our request. Often this is the list of allowed IP "
                "addresses in your Intacct company or user."
            ),
            (NETWORK, _("Beanworks’ own IP addresses may have changed. We announce such a change before it happens.")),
        ),
        Topic(
            "BC-112",
            "session_ended",
            _("Intacct ended our session"),
            _(
                "Intacct gives us a session after each sign-in. It ended this session early, twice. We sign in "
                "again automatically at the next attempt."
            ),
            (
                _("The timeout for sessions in %(security_path)s may be very short."),
                _("An administrator may have ended the sessions of the Beanworks user."),
            ),
        ),
        Topic(
            "BC-113",
            "damaged_reply",
            _("Part of an answer from Intacct cannot be read"),
            _(
                "A record or a field contains characters that Intacct cannot send as text. The answer would be "
                "the same again, so we do not retry. Everything else in the answer was used."
            ),
            (_("Text with an invisible character was pasted or imported into Intacct."),),
        ),
    ),
)
