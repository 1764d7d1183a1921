"""The pages of the API: its keys, for support, its documentation, and the link by which a user arrives."""

from api.views.arrival import arrival
from api.views.docs import docs, openapi
from api.views.keys import api_keys, key_new, key_revoke, key_rotate, key_token

__all__ = ["api_keys", "arrival", "docs", "key_new", "key_revoke", "key_rotate", "key_token", "openapi"]
