"""Print the request that creates a test bill, for the test of Sage's own client: `bill_request NUMBER LINK`."""

import os
import sys
from datetime import date

from intacct.bills import DraftBill, create_bill
from intacct.request import Login, Sender, build
from intacct.secret import Secret

number, link = sys.argv[1:]
bill = DraftBill(number, "Test bill", "V00002", "10005", date(2026, 1, 20), link, coding={"LOCATIONID": "L001"})
sender = Sender("BeanworksMPP", Secret(os.environ["INTACCT_SENDER_PASSWORD"]))
login = Login("JUNIPER-CO", "Beanworks", Secret("practice-password"))
sys.stdout.buffer.write(build(sender, login, [create_bill(bill, f"test-bill-{number}")], control_id=number))
