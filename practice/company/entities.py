"""Company → Entities: add entities, and set their status."""

from practice.company.company import Company
from practice.company.parts import Entity, Refused


def add_entity(company: Company, entity_id: str, name: str, currency: str = "USD") -> None:
    if not company.multi_entity:
        raise Refused("This company has a single entity.")
    if not entity_id.strip() or company.entity(entity_id):
        raise Refused("Enter an entity ID that is not in use.", "entity_id")
    company.entities.append(Entity(entity_id, name, currency))


def set_entity_status(company: Company, entity_id: str, status: str) -> None:
    entity = company.entity(entity_id)
    if not entity:
        raise Refused(f"There is no entity {entity_id}.")
    entity.status = status
