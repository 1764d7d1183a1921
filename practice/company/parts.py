"""The parts of a company's state."""

from dataclasses import dataclass, field

Rights = dict[str, set[str]]


class Refused(Exception):
    """The action is not allowed. The message is for the user who tried it; `field` is the input it is about."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass
class User:
    user_id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    user_type: str = "Business"
    admin_privileges: str = "Off"
    status: str = "Active"
    password: str = field(default="", repr=False)
    web_services_only: bool = False
    top_level: bool = True
    entities: list[str] = field(default_factory=list)  # Empty: all entities.
    roles: list[str] = field(default_factory=list)
    # Percent of an object's records that the user can see because of a restriction. Other objects have no restriction.
    visible_percent: dict[str, int] = field(default_factory=dict)


@dataclass
class Role:
    """A role. `rights` are by policy slug; a user-defined dimension's slug is "dimension:<object>"."""

    name: str
    description: str = ""
    rights: Rights = field(default_factory=dict)


@dataclass
class SenderAuthorization:
    sender_id: str
    description: str = ""
    status: str = "Active"


@dataclass
class Entity:
    id: str
    name: str
    currency: str = "USD"
    status: str = "active"


@dataclass
class CustomField:
    object: str
    data_type: str
    label: str
    id: str
    description: str = ""


@dataclass
class Dimension:
    object: str
    label: str


@dataclass
class Mail:
    to: str
    subject: str
    text: str
    at: str
