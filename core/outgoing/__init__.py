"""Requests to addresses that users enter: webhooks of other services and of chat services. Only to public ones."""
