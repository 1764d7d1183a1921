"""Writing XML as text: replies are large and repetitive, so no tree is built."""

from html import escape


def element(name: str, *inside: str, **attributes: str) -> str:
    """An element around markup that is ready."""
    return f"{opening(name, **attributes)}{''.join(inside)}</{name}>"


def opening(name: str, **attributes: str) -> str:
    shown = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{shown}>"


def leaf(name: str, value: object = "") -> str:
    """An element around a value."""
    return f"<{name}>{text(value)}</{name}>"


def text(value: object) -> str:
    return escape("" if value is None else str(value), quote=False)
