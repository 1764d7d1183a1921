"""Name what htmx expects of a response."""

STOP_POLLING = 286
"""The status with which a page that asks again every few seconds stops asking. htmx shows its content as with 200."""
