from wizard.views.actions import attest, check, confirm, draft, tick, unlocked
from wizard.views.disconnection import disconnect, removal
from wizard.views.guest import begin, link, move
from wizard.views.handovers import (
    handover,
    handover_address,
    handover_preview,
    handover_renew,
    handover_revoke,
    handover_take_over,
)
from wizard.views.help import help_index, help_topic
from wizard.views.home import connection, home, start
from wizard.views.printout import printout
from wizard.views.stage import stage
from wizard.views.test_bill import test_bill, test_bill_act, test_bill_records
from wizard.views.test_bill_link import test_bill_link

__all__ = [
    "attest", "begin", "check", "confirm", "connection", "disconnect", "draft", "handover", "handover_address",
    "handover_preview", "handover_renew", "handover_revoke", "handover_take_over", "help_index", "help_topic", "home",
    "link", "move", "printout", "removal",
    "stage", "start", "test_bill", "test_bill_act", "test_bill_link", "test_bill_records", "tick", "unlocked",
]  # fmt: skip
