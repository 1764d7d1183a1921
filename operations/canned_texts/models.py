from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.constraints import known_value
from core.text import Words


class CannedText(models.Model):
    """A ready-made question to a customer, or reason to decline a request, in both languages of the product."""

    LENGTH = 1000

    class Purpose(models.TextChoices):
        # The names of the forms whose text they fill.
        ASK = "ask", _("Questions to customers")
        DECLINE = "decline", _("Reasons to decline a request")

    purpose = models.CharField(max_length=10, choices=Purpose)
    english = models.CharField(max_length=LENGTH)
    french = models.CharField(max_length=LENGTH)
    is_offered = models.BooleanField(default=True)
    position = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["purpose", "position"]
        constraints: ClassVar = [
            known_value("canned_text_has_a_known_purpose", "purpose", ("ask", "decline")),
            models.CheckConstraint(condition=~Q(english="") & ~Q(french=""), name="canned_text_is_in_both_languages"),
            # Deferred, because two texts change places.
            models.UniqueConstraint(
                fields=["purpose", "position"],
                name="one_canned_text_per_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.english[:60]

    @property
    def heading(self) -> Words:
        """Return what its form does."""
        if self.pk:
            return _("Edit a ready-made text")
        return _("Add a question") if self.purpose == self.Purpose.ASK else _("Add a reason")

    def text_in(self, language: str) -> str:
        return self.french if language.startswith("fr") else self.english
