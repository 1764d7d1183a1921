"""Wrong values for every field: values that users send by mistake, or attackers on purpose."""

from tests.inputs.forms import LONGER_THAN_ANY

# Values for fields with choices: all others are just more unknown choices. Text fields treat a date as any text.
CHOICES = ("NUL", "no character", "missing", "several", "unknown choice", "5,000 digits", "more than a key")
# Text fields treat these as other long text, as they treat "5,000 digits".
NUMBERS = ("5,000 digits and more", "NUL after a number")
DAYS = ("first moment", "first day", "last moment", "last day", "two digits")
# Fields for numbers and for days refuse any other text as they refuse an unknown choice.
OF_NUMBERS = (*CHOICES, "blank", "nested", "two digits", *NUMBERS)
OF_DAYS = (*CHOICES, "blank", "NUL after a number", *DAYS)
# The version that a form was opened with is read by two functions for all forms: any other text than a number is none.
OF_VERSIONS = (*CHOICES, *NUMBERS, "two digits")
LABELS = {
    "version": OF_VERSIONS,
    "button": (*CHOICES, "control characters", "line breaks"),
    **dict.fromkeys(("select", "radio", "checkbox"), CHOICES),
    "number": OF_NUMBERS,
    **dict.fromkeys(("date", "datetime-local", "time"), OF_DAYS),
}
LEFT_OUT = {
    **dict.fromkeys(("text", "textarea", "password"), (*DAYS, *NUMBERS, "a long address")),
    **dict.fromkeys(("email", "url"), (*DAYS, *NUMBERS)),
}


def values_for(name: str, kind: str, limit: int) -> dict[str, list[str]]:
    """Return the wrong values for a control of this kind. `limit` is the maximum length of its text."""
    values = wrong_values(limit)
    labels = LABELS.get(name) or LABELS.get(kind) or values.keys() - LEFT_OUT.get(kind, ())
    return {label: value for label, value in values.items() if label in labels}


def wrong_values(limit: int = LONGER_THAN_ANY) -> dict[str, list[str]]:
    """Return lists of values for one field, by label. Some have several values or none. The worst come first."""
    return {
        "NUL": ["a\0b@example.com"],
        "control characters": ["a\x0bb\x1b"],
        "line breaks": ["a\r\nBcc: b@example.com\n\tc"],
        "invisible characters": ["\u200bMAPLE\u202e-RIDGE\u2028\ufeff"],
        "no character": ["a\ud800b\ufffe\U0010ffff"],
        "blank": [" \u00a0\u3000"],
        "longer than the field": ["a" * (limit + 1)],
        "a long address": [f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.ca"],
        "missing": [],
        "several": ["1", "-1", "NaN"],
        "unknown choice": ["entity:<script>'%(name)s %d {0} {{ x }}"],
        "5,000 digits": ["9" * 5000],
        "5,000 digits and more": ["9" * 5000 + ".0"],
        "more than a key": [str(2**63)],
        "NUL after a number": ["1.a\0"],
        "nested": ["[" * 5000],
        "first moment": ["0001-01-01T00:00"],
        "first day": ["0001-01-01"],
        "last moment": ["9999-12-31T23:59:59"],
        "last day": ["9999-12-31"],
        "two digits": ["24"],
        "an address elsewhere": ["//elsewhere.example/"],
    }
