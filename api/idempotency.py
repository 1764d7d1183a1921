"""Do a POST once, although a client sends it again because it did not get the response."""

import re
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from api.models import ApiKey, StoredResponse
from api.problems import Problem, problem_response
from core.encryption import Undecryptable, decrypt, encrypt

HEADER = "Idempotency-Key"
ALLOWED = re.compile("[!-~]{1,255}")
REMEMBERED = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def do_once(key: ApiKey, request: HttpRequest, get_response: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """Return the response of the endpoint, or the stored one. Raises Problem.

    A POST that failed has changed nothing and may come again.
    """
    sent = request.headers.get(HEADER, "")
    if not ALLOWED.fullmatch(sent):
        raise Problem("idempotency_key_missing", "Send 1 to 255 visible ASCII characters, such as a UUID.")
    # With a key: a body may hold a password, and no one shall find it out by trying.
    sent_content = b"\n".join([request.get_full_path().encode(), request.body])
    fingerprint = salted_hmac("api.idempotency", sent_content, algorithm="sha256").hexdigest()

    with transaction.atomic():
        # One that has expired and that no night has removed yet.
        StoredResponse.objects.filter(
            key=key, idempotency_key=sent, created_at__lt=timezone.now() - REMEMBERED
        ).delete()
        # Of two requests at the same time, the second waits here for the transaction of the first.
        stored, is_new = StoredResponse.objects.get_or_create(
            key=key, idempotency_key=sent, defaults={"fingerprint": fingerprint}
        )
        if not is_new:
            return _replay(stored, fingerprint)
        response = get_response(request)
        if response.status_code >= 300:
            transaction.set_rollback(True)
        else:
            _store(stored, response)
    return response


def _store(stored: StoredResponse, response: HttpResponse) -> None:
    stored.status = response.status_code
    stored.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    stored.body = encrypt(response.content, _place(stored))
    stored.save()


def _replay(stored: StoredResponse, fingerprint: str) -> HttpResponse:
    if stored.fingerprint != fingerprint:
        return problem_response(Problem("idempotency_key_reused"))
    try:
        body = decrypt(bytes(stored.body), _place(stored))
    except Undecryptable:  # the encryption key was replaced since
        return problem_response(Problem("already_done"))
    headers = {**stored.headers, "Idempotency-Replayed": "true"}
    return HttpResponse(body, status=stored.status, headers=headers)


def _place(stored: StoredResponse) -> bytes:
    return f"response of {stored.key_id} to {stored.idempotency_key}".encode()
