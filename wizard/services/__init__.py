"""Every function that changes something in the wizard. `Refused` carries a text for the user."""

from core.errors import Refused
from wizard.services.board import connection_refresh
from wizard.services.confirmations import confirm_check, withdraw_confirmation
from wizard.services.connections import (
    answers_save,
    connection_start,
    credentials_save,
    level_choose,
    sign_in_retry,
    verification_request,
)
from wizard.services.credentials import is_in_use, refused_replacement
from wizard.services.disconnection import connection_disconnect, customer_disconnect, customer_resume
from wizard.services.drafts import Changed, Version, draft_save, stage_attest, stage_edit, tasks_tick
from wizard.services.handovers import (
    handover_correct_address,
    handover_make,
    handover_move,
    handover_open,
    handover_renew,
    handover_revoke,
    handover_take_over,
)
from wizard.services.incidents import close_incident, open_incident, open_incidents
from wizard.services.monitoring import monitoring_dispatch, sign_in_is_refused, update_incidents
from wizard.services.profile_ends import profile_expire, profile_revoke, profile_undo_approval, undo_refusal, undo_until
from wizard.services.profiles import (
    approval_refusal,
    decision_refusal,
    profile_answer,
    profile_approve,
    profile_ask,
    profile_claim,
    profile_decline,
    profile_record_sync_end,
    profile_record_sync_start,
    profile_release,
    profile_request,
    profile_withdraw,
    profiles_request,
)
from wizard.services.reminders import reminders_send
from wizard.services.replacements import replacement_request
from wizard.services.sign_ins import block_words, disconnected_words, refuse_while_blocked
from wizard.services.test_bills import (
    find_test_bill,
    is_test_bill_next,
    look_for_test_bill,
    save_opened_link,
    save_plain_text,
    send_test_bill,
)

__all__ = [
    "Changed",
    "Refused",
    "Version",
    "answers_save",
    "approval_refusal",
    "block_words",
    "close_incident",
    "confirm_check",
    "connection_disconnect",
    "connection_refresh",
    "connection_start",
    "credentials_save",
    "customer_disconnect",
    "customer_resume",
    "decision_refusal",
    "disconnected_words",
    "draft_save",
    "find_test_bill",
    "handover_correct_address",
    "handover_make",
    "handover_move",
    "handover_open",
    "handover_renew",
    "handover_revoke",
    "handover_take_over",
    "is_in_use",
    "is_test_bill_next",
    "level_choose",
    "look_for_test_bill",
    "monitoring_dispatch",
    "open_incident",
    "open_incidents",
    "profile_answer",
    "profile_approve",
    "profile_ask",
    "profile_claim",
    "profile_decline",
    "profile_expire",
    "profile_record_sync_end",
    "profile_record_sync_start",
    "profile_release",
    "profile_request",
    "profile_revoke",
    "profile_undo_approval",
    "profile_withdraw",
    "profiles_request",
    "refuse_while_blocked",
    "refused_replacement",
    "reminders_send",
    "replacement_request",
    "save_opened_link",
    "save_plain_text",
    "send_test_bill",
    "sign_in_is_refused",
    "sign_in_retry",
    "stage_attest",
    "stage_edit",
    "tasks_tick",
    "undo_refusal",
    "undo_until",
    "update_incidents",
    "verification_request",
    "withdraw_confirmation",
]
