from intacct.diagnosis import Diagnosis, Who

HIDDEN = Diagnosis(
    "vendors_hidden", Who.INTACCT_ADMINISTRATOR, "Vendors are hidden from %(user_id)s", ("Show them in Intacct.",)
)
