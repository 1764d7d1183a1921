"""What each role can try in the demonstration, and what should happen: slips to make, and work to do."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from core.text import Words


class Try(NamedTuple):
    do: Words
    expect: Words


ADMINISTRATOR = (
    Try(
        _("In Intacct, leave Vendors unchecked in the permissions of the role, then check again."),
        _("One permission is missing: its name, where to fix it and which boxes to check. Nothing else changes."),
    ),
    Try(
        _("Do not assign the role to the user."),
        _("One cause instead of thirty missing permissions: the role is not assigned."),
    ),
    Try(
        _("Type the sender ID in small letters."),
        _("Step 3 names the sender ID that Intacct does not know. The steps after it are not checked yet."),
    ),
    Try(
        _("In the sender dialog, save once and leave the page without the second save."),
        _("Intacct discards the entry, as it does in reality, and the check shows that it is missing."),
    ),
    Try(
        _("Give the custom field the ID BEANWORK."),
        _("Step 4 shows the ID that was found and the one that is needed."),
    ),
    Try(
        _("Enter a wrong password in step 5."),
        _("It is tried once only. Every button that signs in waits until you change the password."),
    ),
    Try(
        _("Hand steps over to a colleague, then open the link from Emails in a private window."),
        _("The guest does these steps without an account, and you see each of them on your page."),
    ),
    Try(
        _("Send the request in step 6. In a private window, sign in as Sam Support, claim it and approve it."),
        _("Your page moves to step 7 by itself, and you can start the first sync."),
    ),
    Try(
        _("Once lists are synced, change the password of the Beanworks user in Intacct and start a sync."),
        _("The cause is shown once, with the button that fixes it. Administrators get one email."),
    ),
)
OTHER_ROLES = (
    Try(
        _("In Intacct, open Practice → Records and add a week of changes, then start a partial sync."),
        _("Only what changed is read, and every list shows what is new, changed or deactivated."),
    ),
    Try(
        _("In Intacct, open Practice → Faults and let the gateway fail, then start a sync."),
        _("It retries, resumes where it stopped, and reports no list as complete before the counts match."),
    ),
)
CUSTOMER_SUCCESS = (
    Try(
        _("On the board, find the customers who have waited for more than 30 days."),
        _("Each one shows the next action and who must take it."),
    ),
    Try(
        _("Open Northern Lights Optics, whose role lacks two permissions."),
        _("You can copy the message for the customer’s administrator, or email it."),
    ),
    Try(
        _("On the board, select Broken and open Hemlock Homes, whose password was changed yesterday."),
        _("The page shows since when the sign-in fails, and how to fix it. Emails shows who was emailed about it."),
    ),
)
SUPPORT = (
    Try(
        _("Claim the request of Tamarack Timber and approve it. Have the page of Tess Moreau open beside yours."),
        _("Her page moves from step 6 to step 7 by itself."),
    ),
    Try(
        _("Ask Umbra Lighting a question about its request."),
        _("The customer must act now, and the time until the answer does not count as yours."),
    ),
    Try(
        _("Decide the request of Verger Mont-Royal, which Sue Support has claimed, as Sam Support."),
        _("You can’t: one request has one owner, and no one decides a request of their own."),
    ),
    Try(
        _("Open Emails: the link for an administrator of Cobalt Bay Marine bounced."),
        _("The mail server’s words are shown. The customer sees it, too, and can correct the address."),
    ),
)


def tries_for(user: User) -> tuple[Try, ...]:
    by_kind = {User.Kind.CUSTOMER_SUCCESS: CUSTOMER_SUCCESS, User.Kind.SUPPORT: SUPPORT}
    if user.is_beanworks:
        return by_kind[User.Kind(user.kind)]
    return ADMINISTRATOR if user.has_role(Role.SYSTEM_ADMINISTRATOR) else OTHER_ROLES
