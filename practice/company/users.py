"""Company → Web Services Users: add, edit and delete users, and set their passwords and rights."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from practice.company.company import Company
from practice.company.parts import Mail, Refused, User
from practice.company.rights import updated_rights
from practice.company.validation import check_choice
from practice.policies import ADMIN_PRIVILEGES, STATUSES, USER_TYPES

ADMINISTRATOR = "admin"


def add_user(company: Company, user_id: str, *, password: str = "", **values: Any) -> User:
    """Add a user. Without a password, one is generated and sent to the user's mailbox, as in Intacct."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,39}", user_id):
        raise Refused("A user ID can have up to 40 letters, digits, dots, hyphens or underscores.", "user_id")
    if user_id in company.users:
        raise Refused(f"User ID {user_id} is already in use.", "user_id")
    user = check_user(replace(User(user_id), **values))
    company.users[user_id] = user
    set_password(company, user_id, password)
    return user


def edit_user(company: Company, user_id: str, **values: Any) -> User:
    company.users[user_id] = check_user(replace(_existing_user(company, user_id), **values))
    return company.users[user_id]


def delete_user(company: Company, user_id: str) -> None:
    if user_id == ADMINISTRATOR:
        raise Refused("The company's administrator cannot be deleted.")
    company.users.pop(_existing_user(company, user_id).user_id)
    company.user_rights.pop(user_id, None)


def set_password(company: Company, user_id: str, password: str = "") -> str:
    """Set the given password, or email a generated one to the mailbox. Return the password."""
    user = _existing_user(company, user_id)
    user.password = password or secrets.token_urlsafe(12)
    if not password:
        _send_password(company, user)
    return user.password


def set_user_rights(company: Company, user_id: str, rights: Mapping[str, set[str]]) -> None:
    """Replace the rights of a user, for a company with user-based permissions."""
    old_rights = company.user_rights.get(_existing_user(company, user_id).user_id, {})
    company.user_rights[user_id] = updated_rights(company, old_rights, rights)


def check_user(user: User) -> User:
    """Return the user. Raise Refused if a value of theirs is not allowed."""
    check_choice("User type", user.user_type, USER_TYPES, "user_type")
    check_choice("Admin privileges", user.admin_privileges, ADMIN_PRIVILEGES, "admin_privileges")
    check_choice("Status", user.status, STATUSES, "status")
    if user.admin_privileges != "Off" and user.user_type != "Business":
        raise Refused("Only a Business user can have admin privileges.", "admin_privileges")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", user.email):
        raise Refused("Enter an email address with a mailbox you can open.", "email")
    return user


def _existing_user(company: Company, user_id: str) -> User:
    if user_id not in company.users:
        raise Refused(f"There is no user {user_id}.")
    return company.users[user_id]


def _send_password(company: Company, user: User) -> None:
    mail = Mail(
        user.email,
        f"Your sign-in information for {company.name}",
        f"Company ID: {company.id}\nUser ID: {user.user_id}\nPassword: {user.password}",
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    company.mailbox.insert(0, mail)
