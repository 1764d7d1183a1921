"""Webhooks: audit events become events for endpoints, and workers deliver them.

`triggers` notices audit events, `reports` makes events of them by its table, `delivery` sends them with `transport`.
"""
