"""Count the requests of a key in each minute."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from api.models import ApiKey
from api.problems import Problem

WINDOW = 60
COUNT = """
    INSERT INTO api_keyuse AS use (key_id, minute, requests) VALUES (%s, %s, 1)
    ON CONFLICT (key_id) DO UPDATE
    SET requests = CASE WHEN use.minute = excluded.minute THEN use.requests + 1 ELSE 1 END, minute = excluded.minute
    RETURNING requests
"""


class Allowance(NamedTuple):
    """How many requests are left, and in how many seconds there are new ones."""

    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The header fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"minute";q={settings.API_REQUESTS_PER_MINUTE};w={WINDOW}',
            "RateLimit": f'"minute";r={self.remaining};t={self.seconds}',
        }


def use_allowance(key: ApiKey) -> Allowance:
    """Count one request. Raises Problem if the key has used up its minute."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    requests = _count(key, minute)
    if requests == 1:  # once a minute, so that the row of the key is rarely written
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)

    seconds = WINDOW - int((now - minute) / timedelta(seconds=1))
    allowance = Allowance(max(settings.API_REQUESTS_PER_MINUTE - requests, 0), seconds)
    if requests > settings.API_REQUESTS_PER_MINUTE:
        detail = f"{settings.API_REQUESTS_PER_MINUTE} requests a minute are allowed. Wait {seconds} seconds."
        raise Problem("too_many_requests", detail, headers={**allowance.headers, "Retry-After": str(seconds)})
    return allowance


def _count(key: ApiKey, minute: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key.pk, minute])
        requests: int = cursor.fetchone()[0]
    return requests
