"""What apps that the wizard does not import need to know at once."""

from django.dispatch import Signal

syncing_ended = Signal()
"""Sent with the list `profiles` in the transaction after which none of their syncs may run: SmartSync ends them."""
