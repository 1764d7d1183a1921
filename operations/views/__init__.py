"""Pages for Beanworks staff: the board of all customers and the queue of requests.

The audit log is for customers too.
"""

from operations.views.audit_log import trail, trail_csv, trail_jsonl
from operations.views.board import board, board_csv, view_remove, view_save
from operations.views.connection import assign, bundle, bundle_file, connection
from operations.views.emails import email_retry, emails
from operations.views.queue import approve, ask, claim, decline, queue, release, request_page

__all__ = [
    "approve", "ask", "assign", "board", "board_csv", "bundle", "bundle_file", "claim", "connection",
    "decline", "email_retry", "emails", "queue", "release", "request_page", "trail", "trail_csv", "trail_jsonl",
    "view_remove", "view_save",
]  # fmt: skip
