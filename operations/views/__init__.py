"""Pages for Beanworks' own people: the board of all customers and the queue of requests; and everybody's trail."""

from operations.views.board import board, connection
from operations.views.queue import approve, ask, claim, decline, queue, release, request_page
from operations.views.trail import trail, trail_csv, trail_jsonl

__all__ = [
    "approve", "ask", "board", "claim", "connection", "decline", "queue", "release", "request_page", "trail",
    "trail_csv", "trail_jsonl",
]  # fmt: skip
