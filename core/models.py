from django.db import models


class CacheEntry(models.Model):
    """Django's cache in the database: it counts tries at signing in, and the way in must not depend on the broker.

    Django reads and writes the table itself and expects these columns; as a model it comes with the migrations.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "cache"

    def __str__(self) -> str:
        return self.cache_key
