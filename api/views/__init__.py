"""The pages of the API: keys and webhooks, for support, its documentation, and the link by which a user arrives."""

from api.views.arrival import arrival
from api.views.docs import docs, openapi
from api.views.keys import api_keys, key_new, key_revoke, key_rotate, key_token
from api.views.webhook_log import delivery, endpoint, send_again, send_test
from api.views.webhooks import (
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    new_endpoint,
    rotate_secret,
    show_secret,
    webhooks,
)

__all__ = [
    "api_keys", "arrival", "change_endpoint", "delete_endpoint", "delivery", "disable_endpoint", "docs",
    "enable_endpoint", "endpoint", "key_new", "key_revoke", "key_rotate", "key_token", "new_endpoint", "openapi",
    "rotate_secret", "send_again", "send_test", "show_secret", "webhooks",
]  # fmt: skip
