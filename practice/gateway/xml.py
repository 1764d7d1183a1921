"""Writing XML as text. Replies are large and repetitive, so we build no tree."""

from html import escape


def element(name: str, *inside: str, **attributes: str) -> str:
    """Return an element around finished markup."""
    return f"{opening(name, **attributes)}{''.join(inside)}</{name}>"


def opening(name: str, **attributes: str) -> str:
    shown = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{shown}>"


def leaf(name: str, value: object = "") -> str:
    """Return an element around a value, which is escaped."""
    return f"<{name}>{text(value)}</{name}>"


def text(value: object) -> str:
    return escape("" if value is None else str(value), quote=False)
