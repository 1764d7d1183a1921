from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SavedView(models.Model):
    """A filtered board that a user saved. `query` is the address's part after the question mark."""

    NAME_LENGTH = 40

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    query = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="one_view_per_user_and_name"),
        ]

    def __str__(self) -> str:
        return self.name
