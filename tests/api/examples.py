"""A valid body for every operation that takes one, by its method and path."""

from collections.abc import Callable, Mapping
from typing import Any

from accounts.models import Role

Known = Mapping[str, int]
ADA = f"{Role.SYSTEM_ADMINISTRATOR}@example.com"
SUE = "support@example.com"
USER = {"email": "noa@example.com", "name": "Noa New", "roles": ["invoice_exporter"]}
BODIES: Mapping[str, Callable[[Known], Any]] = {
    "POST /customers": lambda known: {
        "name": "Lakeside",
        "external_id": "C-9",
        "legal_entity": {"name": "Lakeside Inc."},
    },
    "PATCH /customers/{customer_id}": lambda known: {"name": "Lakeside"},
    "POST /customers/{customer_id}/org-units": lambda known: {"name": "West"},
    "PATCH /org-units/{org_unit_id}": lambda known: {"name": "West"},
    "POST /customers/{customer_id}/legal-entities": lambda known: {"name": "West Inc.", "external_id": "E-1"},
    "PATCH /legal-entities/{legal_entity_id}": lambda known: {"time_zone": "America/Toronto"},
    "POST /customers/{customer_id}/users": lambda known: USER,
    "PATCH /users/{user_id}": lambda known: {"roles": ["po_administrator"]},
    "POST /connections/{connection_id}/disconnect": lambda known: {"actor_email": SUE},
    "POST /connections/{connection_id}/reconnect": lambda known: {"password": "correct-horse", "actor_email": ADA},
    "POST /connect-sessions": lambda known: {"customer_id": known["customer_pk"], "user_external_id": "U-1"},
    "POST /sync-profiles": lambda known: {
        "connection_id": known["pk"],
        "legal_entity_id": known["free_entity_pk"],
        "entity_id": "200",
        "actor_email": ADA,
    },
    "PATCH /sync-profiles/{profile_id}": lambda known: {"unused_lists": ["contracts"]},
    "POST /sync-profiles/{profile_id}/approve": lambda known: {"actor_email": SUE},
    "POST /sync-profiles/{profile_id}/decline": lambda known: {"actor_email": SUE, "reason": "The entity is closed."},
    "POST /sync-profiles/{profile_id}/revoke": lambda known: {"actor_email": SUE, "reason": "The entity is closed."},
    "POST /sync-profiles/{profile_id}/undo-approval": lambda known: {"actor_email": SUE},
    "POST /runs": lambda known: {"profile_id": known["profile_pk"], "kind": "full"},
    "POST /runs/{run_id}/cancel": lambda known: {},
    "POST /webhook-endpoints": lambda known: {
        "url": "https://hooks.example.com/beanworks",
        "customer_id": known["customer_pk"],
        "event_types": ["run.failed"],
    },
    "PATCH /webhook-endpoints/{endpoint_id}": lambda known: {"description": "Payables", "is_enabled": False},
}


def body_of(method: str, path: str, known: Known) -> Any:
    example = BODIES.get(f"{method} {path}")
    return example(known) if example else None
