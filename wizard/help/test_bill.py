from django.utils.translation import gettext_noop as _

from wizard.help.topic import Section, Topic

CHANGED = _("Someone changed the record or the rule in Intacct after the lists were synced.")

SECTION = Section(
    _("The test bill"),
    (
        Topic(
            "BC-601",
            "bill_add_missing",
            _("The role may not add bills"),
            _("Beanworks adds your approved invoices to Intacct as bills. Intacct did not let us add the test bill."),
            (_("An administrator edited the role or assigned another one."),),
        ),
        Topic(
            "BC-602",
            "bill_field_refused",
            _("Intacct refused the field with the link"),
            _("The test bill has its link in the field BEANWORKS. Intacct reported that bills do not have this field."),
            (_("The field was deleted or created again with other values."),),
        ),
        Topic(
            "BC-603",
            "bill_vendor_on_hold",
            _("The vendor is on hold"),
            _("Intacct accepts no bills of a vendor that is on hold. The connection itself works."),
            (CHANGED,),
        ),
        Topic(
            "BC-604",
            "bill_vendor_of_top_level",
            _("The vendor cannot be used in this entity"),
            _("A bill in an entity needs a vendor of that entity, or one that the top level shares."),
            (CHANGED,),
        ),
        Topic(
            "BC-605",
            "bill_vendor_inactive",
            _("The vendor is inactive"),
            _("Intacct accepts no bills of an inactive vendor. The connection itself works."),
            (CHANGED,),
        ),
        Topic(
            "BC-606",
            "bill_account_inactive",
            _("The account is inactive"),
            _("Intacct accepts no bill lines on an inactive account. The connection itself works."),
            (CHANGED,),
        ),
        Topic(
            "BC-607",
            "bill_period_closed",
            _("The accounting period is closed"),
            _("Some companies do not accept bills, or even drafts, with a date in a closed period."),
            (_("The period was closed."),),
        ),
        Topic(
            "BC-608",
            "bill_number_not_allowed",
            _("Intacct numbers bills itself"),
            _(
                "Beanworks sends the number of the vendor’s invoice as the bill number. With a document sequence, "
                "Intacct may refuse every other number."
            ),
            (_("Document sequencing was turned on for bills."),),
        ),
        Topic(
            "BC-609",
            "bill_approval_required",
            _("The approval rules do not accept the bill"),
            _("The test bill is a draft, which approval rules rarely affect. Your company’s rules refused it."),
            (_("The approval rules for bills changed."),),
        ),
        Topic(
            "BC-610",
            "bill_currency_refused",
            _("The currency is not accepted"),
            _("Intacct did not accept the currency together with the vendor or the entity."),
            (CHANGED,),
        ),
        Topic(
            "BC-611",
            "bill_amount_refused",
            _("The amount is not accepted"),
            _("The test bill has an amount of 0.01. A rule of your company did not accept it."),
            (_("Someone added a rule for the amounts of bills."),),
        ),
        Topic(
            "BC-612",
            "bill_dimension_required",
            _("Intacct requires another value"),
            _(
                "Companies can require a location, a department or another dimension on bills. Intacct names each one "
                "that is missing."
            ),
            (_("Someone made a dimension required in Intacct."),),
        ),
        Topic(
            "BC-613",
            "bill_number_used",
            _("The bill number exists already"),
            _("Each test bill has a number of its own. Intacct has a bill with this number, which is not this test."),
        ),
        Topic(
            "BC-614",
            "bill_not_found",
            _("The test bill is not in Intacct"),
            _(
                "Intacct’s answer was lost, so we looked for the bill by its number. Intacct does not have it, or does "
                "not show it to the Beanworks user."
            ),
        ),
        Topic(
            "BC-615",
            "link_not_stored",
            _("The link was not stored as sent"),
            _("Intacct created the test bill, but its field BEANWORKS does not hold the link that we sent."),
            (_("The field was deleted or created again with other values."),),
        ),
        Topic(
            "BC-616",
            "field_shown_as_text",
            _("The field shows plain text"),
            _("Only a field of type URL shows a link. Someone reported that the link of the test bill is plain text."),
            (_("The field was deleted or created again with other values."),),
        ),
        Topic(
            "BC-617",
            "disconnected",
            _("The connection was disconnected while a test bill was sent"),
            _("A user disconnected Sage Intacct before the answer came. We sent nothing after that."),
            (_("The bill may exist if it had been sent just before."),),
        ),
    ),
)
