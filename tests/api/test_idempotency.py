"""A POST that is sent twice is done once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import Customer
from api.models import StoredResponse
from core.encryption import key_marks
from tests.api.client import ApiClient
from tests.api.test_keys import problem
from tests.support.retention import prune_now

BODY = {"name": "Lakeside", "legal_entity": {"name": "Lakeside Inc."}}


def create(api: ApiClient, key: str = "one", **changes: Any) -> Any:
    return api.send("POST", "/customers", BODY | changes, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256])
def test_post_needs_an_idempotency_key(api: ApiClient, key: str) -> None:
    assert problem(create(api, key)) == (400, "idempotency_key_missing")


def test_same_post_is_answered_again_and_done_once(api: ApiClient) -> None:
    first, second = create(api), create(api)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first["ETag"] == second["ETag"]
    assert second["Idempotency-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_same_key_with_another_body_is_refused(api: ApiClient) -> None:
    create(api)

    assert problem(create(api, name="Seaside")) == (422, "idempotency_key_reused")


def test_post_that_was_refused_can_be_repeated(api: ApiClient) -> None:
    taken = Customer.objects.create(name="Lakeside")
    assert problem(create(api)) == (409, "refused")

    taken.delete()

    assert create(api).status_code == 201


def test_key_is_free_again_after_a_day(api: ApiClient) -> None:
    create(api)

    with travel(timezone.now() + timedelta(hours=25)):
        assert problem(create(api)) == (409, "refused")  # it is done again, and the name is taken
        prune_now("stored-responses")
        assert not StoredResponse.objects.exists()


def test_stored_response_is_encrypted(api: ApiClient, settings: Settings) -> None:
    create(api)
    assert b"Lakeside" not in bytes(StoredResponse.objects.get().body)

    settings.ENCRYPTION_KEYS = [f"other:{'B' * 43}="]

    assert key_marks()
    assert problem(create(api)) == (409, "already_done")


def test_two_identical_posts_at_once_create_one_customer(transactional_db: None, api: ApiClient) -> None:
    barrier = Barrier(4)

    def send(_number: int) -> tuple[int, bytes]:
        client = ApiClient(api.token)
        barrier.wait()
        try:
            response = create(client)
            return response.status_code, response.content
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))

    assert [status for status, _body in answers] == [201]
    assert Customer.objects.filter(name="Lakeside").count() == 1
