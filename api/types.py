"""Types of values in requests, cleaned by the same rules as in forms, and schemas that several resources share."""

from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, StringConstraints

from accounts.external_ids import LENGTH
from core import text
from core.fields import LARGEST_KEY
from core.time_zones import zone_names
from intacct.secret import Secret

# What an endpoint returns. Ninja checks it, so it is no schema yet: that would check every value of a list twice.
Fields = dict[str, object]


class Input(Schema):
    """A body. Fields that are not in the document are refused, so that a misspelled one does not go unnoticed."""

    model_config = ConfigDict(extra="forbid")


class ProblemError(Schema):
    """One value that is wrong. `pointer` is its place in the body (RFC 6901), `parameter` that of the query."""

    pointer: str | None = None
    parameter: str | None = None
    code: str
    detail: str


class ProblemDocument(Schema):
    """An error (RFC 9457). Programs decide by `code`, which never changes its meaning."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemError]


def cleaned_by(clean: Callable[[str], str]) -> AfterValidator:
    """Return a validator by a function that forms use too."""

    def validate(value: str) -> str:
        try:
            cleaned = clean(value)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from None
        if value and not cleaned:
            raise ValueError("nothing visible is left of this text")
        return cleaned

    return AfterValidator(validate)


def _email(value: str) -> str:
    email = text.clean_email(value)
    validate_email(email)
    return email


def _url(value: str) -> str:
    urlsplit(value)  # raises ValueError if this is no address
    return text.clean_line(value)


def _zone(value: str) -> str:
    if value not in zone_names():
        raise ValueError("not a known time zone")
    return value


Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120), cleaned_by(text.clean_name)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=LENGTH), cleaned_by(text.clean_id)]
Note = Annotated[str, StringConstraints(max_length=1000), cleaned_by(text.clean_lines)]
ListSlug = Annotated[str, StringConstraints(min_length=1, max_length=80)]
UserId = Annotated[str, StringConstraints(max_length=80), cleaned_by(text.clean_id)]
Password = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1024),
    cleaned_by(text.clean_secret),
    AfterValidator(Secret),
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]
EntityId = Annotated[str, StringConstraints(max_length=80), cleaned_by(text.clean_id)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254), cleaned_by(_email)]
Url = Annotated[str, StringConstraints(max_length=500), cleaned_by(_url)]
Language = Literal["en", "fr-ca"]
TimeZone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)]
