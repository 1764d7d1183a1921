"""Company → Company Info: the permission type, and the senders of its Web Services Authorization."""

from practice.company.company import Company
from practice.company.parts import Refused, SenderAuthorization
from practice.company.validation import check_choice

PERMISSION_MODELS = ("role", "user")
AUTHORIZATION_STATUSES = ("Active", "Inactive")


def set_permission_model(company: Company, model: str) -> None:
    check_choice("Permission type", model, PERMISSION_MODELS, "permission_model")
    company.permission_model = model


def add_authorization(company: Company, sender_id: str, description: str = "", status: str = "Active") -> None:
    set_authorizations(company, [*company.authorizations, SenderAuthorization(sender_id, description, status)])


def set_authorizations(company: Company, rows: list[SenderAuthorization]) -> None:
    """Replace the whole list, because its page is saved as a whole."""
    for at, row in enumerate(rows):
        if not row.sender_id.strip():
            raise Refused("Enter a sender ID.", "sender_id")
        if row.sender_id in {earlier.sender_id for earlier in rows[:at]}:
            raise Refused(f"Sender ID {row.sender_id} is already in the list.", "sender_id")
        check_choice("Status", row.status, AUTHORIZATION_STATUSES, "status")
    company.authorizations = rows


def delete_authorization(company: Company, sender_id: str) -> None:
    company.authorizations = [
        authorization for authorization in company.authorizations if authorization.sender_id != sender_id
    ]
