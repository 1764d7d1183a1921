from accounts.views.me import device_end, me

__all__ = ["device_end", "me"]
