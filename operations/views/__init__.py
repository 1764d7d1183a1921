"""Pages for Beanworks staff: the board of all customers and the queue of requests.

The audit log is for customers too.
"""

from operations.views.audit_log import audit_log, audit_log_csv, audit_log_jsonl
from operations.views.board import board, board_csv, insights, view_remove, view_save
from operations.views.canned_texts import (
    canned_text,
    canned_text_down,
    canned_text_new,
    canned_text_up,
    canned_texts,
)
from operations.views.channels import channel_delete, channel_edit, channel_new, channel_test, channels
from operations.views.connection import assign, connection, follow_up, message_send
from operations.views.customer_data import (
    customer_data,
    deletion_approve,
    deletion_ask,
    deletion_continue,
    deletion_stop,
    deletions,
    export_download,
    export_start,
)
from operations.views.customers import customers, search_page
from operations.views.diagnostics import diagnostics, diagnostics_file
from operations.views.emails import email_retry, emails
from operations.views.notes import note_delete, note_edit
from operations.views.queue import approve, ask, claim, decline, queue, release, request_page, revoke, undo
from operations.views.support_settings import support_settings

__all__ = [
    "approve", "ask", "assign", "audit_log", "audit_log_csv", "audit_log_jsonl", "board", "board_csv", "canned_text",
    "canned_text_down", "canned_text_new", "canned_text_up", "canned_texts", "channel_delete", "channel_edit",
    "channel_new", "channel_test", "channels", "claim",
    "connection", "customer_data", "customers", "decline", "deletion_approve", "deletion_ask", "deletion_continue",
    "deletion_stop", "deletions", "diagnostics", "diagnostics_file", "email_retry", "emails", "export_download",
    "export_start", "follow_up", "insights", "message_send", "note_delete", "note_edit", "queue", "release",
    "request_page", "revoke", "search_page", "support_settings", "undo", "view_remove", "view_save",
]  # fmt: skip
