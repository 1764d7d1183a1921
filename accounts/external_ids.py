"""The IDs by which Beanworks' other services know customers, org units, legal entities and users."""

from django.db import models
from django.db.models import Q

LENGTH = 100


class ExternalIdModel(models.Model):
    """`external_id` is "" for a row that no other service has named."""

    external_id = models.CharField(max_length=LENGTH, blank=True, default="", db_default="")

    class Meta:
        abstract = True


def external_id_once(name: str, *within: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=[*within, "external_id"], condition=~Q(external_id=""), name=name)
