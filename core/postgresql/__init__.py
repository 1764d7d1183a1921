"""Extend Django's PostgreSQL backend for a server that restarts, freezes or is gone: see base.py."""
