"""Pages for Beanworks' own people: the board of all customers, and the queue of API Sync Profile requests."""

from operations.views.board import board, connection
from operations.views.queue import approve, ask, claim, decline, queue, release, request_page

__all__ = ["approve", "ask", "board", "claim", "connection", "decline", "queue", "release", "request_page"]
