from django.utils.translation import gettext_noop as _

from wizard.help.topic import Section, Topic

PASSWORD_RESET = _("The password of the Beanworks user was reset in Intacct. A reset always creates a new password.")
ENTITY_ACCESS = _("The entities of the Beanworks user were changed in Intacct.")
TOP_LEVEL_ONLY = _("“Restrict access to top level only” was turned on: %(multi_entity_path)s.")

SECTION = Section(
    _("Company, sign-in and entities"),
    (
        Topic(
            "BC-201",
            "unknown_company_or_sender",
            _("Intacct does not know this company ID"),
            _(
                "Intacct found no company with the ID you entered. The company ID is what you type in the first "
                "field when "
                "you sign in to Intacct. It is not the company’s name and not the ID of a console."
            ),
            (
                _("A sandbox company was renamed. Since 2025, the ID of a sandbox looks like “Company-name”."),
                _("The company was moved or closed."),
            ),
        ),
        Topic(
            "BC-202",
            "company_expired",
            _("The company is a trial or sandbox company and has expired"),
            _("Sage gives trial and sandbox companies an end date. After it, no program can sign in."),
            (_("The end date has passed. Ask your Sage representative to extend it."),),
        ),
        Topic(
            "BC-203",
            "company_inactive",
            _("The whole company is inactive or suspended in Intacct"),
            _("Intacct knows the company but lets no one sign in to it. Your credentials may be right."),
            (_("The subscription ended or an invoice from Sage is open. Ask your Sage representative."),),
        ),
        Topic(
            "BC-204",
            "sign_in_refused",
            _("Intacct refused the sign-in"),
            _(
                "Intacct refused the combination of company ID, user ID and password, and does not report which "
                "part is wrong. We tried once. We do not try again until you change the credentials, because "
                "repeated failures lock the user."
            ),
            (
                PASSWORD_RESET,
                _("The Beanworks user was deactivated or locked."),
                _("Your company now allows only certain IP addresses."),
            ),
        ),
        Topic(
            "BC-205",
            "user_inactive",
            _("The Beanworks user is locked or inactive"),
            _("Intacct knows the user and refuses it because it is locked out or its status is not Active."),
            (
                _("Someone tried a wrong password several times."),
                _("An administrator set the user’s status to Inactive, for example while cleaning up users."),
            ),
        ),
        Topic(
            "BC-206",
            "not_a_web_services_user",
            _("The user is not a Web Services user"),
            _(
                "Intacct asked for a verification code or single sign-on. It does that for users who sign in on"
                " screen, never for users created under Web Services users."
            ),
            (_("Your company now requires 2-step verification or single sign-on."),),
        ),
        Topic(
            "BC-207",
            "address_refused",
            _("Intacct refused our IP address"),
            _("Your company or the Beanworks user allows sign-in only from listed IP addresses. Ours is not listed."),
            (
                _("“Enforce IP address filters” was turned on, or the list was changed."),
                _("Beanworks’ own IP addresses may have changed. We announce such a change before it happens."),
            ),
        ),
        Topic(
            "BC-208",
            "sender_not_authorized",
            _("Your company has not authorized Beanworks’ sender ID"),
            _(
                "Each program that connects to Intacct has a sender ID, and each company lists the sender IDs "
                "that it allows. The list belongs to the top level of your company. The sender ID is "
                "case-sensitive and can’t be changed once it is added. If it is wrong, add another one."
            ),
            (
                _("An administrator removed the entry or set its status to Inactive."),
                _(
                    "The entry was added inside an entity. Choose Top level in the entity list of Intacct and add it"
                    " there."
                ),
            ),
        ),
        Topic(
            "BC-209",
            "web_services_off",
            _("Web Services is not turned on in your company"),
            _(
                "Web Services is the subscription that lets programs connect to Intacct. Partners such as "
                "Beanworks cost nothing."
            ),
            (_("The subscription was turned off: %(subscriptions_path)s."),),
        ),
        Topic(
            "BC-210",
            "wrong_sender_password",
            _("Intacct refused Beanworks’ own credentials"),
            _(
                "Besides your credentials, Beanworks sends its own. Intacct refused those. Nothing is wrong on "
                "your side."
            ),
            (_("Beanworks’ own credentials changed. We are already informed."),),
        ),
        Topic(
            "BC-211",
            "entity_refused",
            _("The Beanworks user has no access to this entity"),
            _("The sign-in works, but Intacct refuses the entity, or the top level, that this connection uses."),
            (ENTITY_ACCESS, _("The entity was renamed or made inactive."), TOP_LEVEL_ONLY),
        ),
        Topic(
            "BC-212",
            "entity_unknown",
            _("The chosen entity is not available to the Beanworks user"),
            _("Intacct returned the list of entities that the user can see, and the chosen entity is not in it."),
            (ENTITY_ACCESS, TOP_LEVEL_ONLY),
        ),
        Topic(
            "BC-213",
            "kept_to_entity",
            _("The Beanworks user is restricted to one entity"),
            _(
                "After sign-in, Intacct placed the user in an entity. Such a user cannot see the top level of "
                "your company."
            ),
            (ENTITY_ACCESS,),
        ),
        Topic(
            "BC-214",
            "unsendable_text",
            _("The credentials contain a character that cannot be sent"),
            _(
                "Control characters cannot be part of a message to Intacct, so we sent nothing. They are "
                "invisible and are often copied along with other text."
            ),
        ),
        Topic(
            "BC-216",
            "entities_hidden",
            _("Some entities of your company are not listed"),
            _(
                "Your company has several entities, but Intacct lists fewer than two for the Beanworks user. You "
                "can use the top level. You cannot choose an entity that is not listed."
            ),
            (TOP_LEVEL_ONLY, ENTITY_ACCESS),
        ),
        Topic(
            "BC-215",
            "password_unreadable",
            _("The saved password can no longer be decrypted"),
            _(
                "Passwords are stored encrypted. The key for this one is missing, or the stored value is damaged, so "
                "checks and syncs stopped until the password is entered again."
            ),
            (_("Beanworks changed or lost an encryption key. The password in Intacct is not affected."),),
        ),
    ),
)
