"""The pages about the API: its keys, for support."""

from api.views.keys import api_keys, key_new, key_revoke, key_rotate, key_token

__all__ = ["api_keys", "key_new", "key_revoke", "key_rotate", "key_token"]
