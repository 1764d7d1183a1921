"""Django's PostgreSQL, for a server that restarts, freezes or is gone: see base.py."""
