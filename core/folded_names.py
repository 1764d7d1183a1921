"""Store names in a folded form for comparison."""

from typing import Any

from django.db import models

from core.text import fold_name


class FoldedField(models.CharField):  # type: ignore[type-arg]
    """Hold the folded text of another field of the row, so that a constraint can refuse two names that look the same.

    NULL in rows that a release without this field wrote. The text is cut, since some letters become several.
    """

    def __init__(self, source: str, **options: Any) -> None:
        self.source = source
        super().__init__(**{"max_length": 200, "null": True, "editable": False, **options})

    def deconstruct(self) -> Any:
        name, path, _args, options = super().deconstruct()
        return name, path, [self.source], options

    def pre_save(self, instance: models.Model, add: bool) -> str:
        folded = fold_name(getattr(instance, self.source))[: self.max_length]
        setattr(instance, self.attname, folded)
        return folded
