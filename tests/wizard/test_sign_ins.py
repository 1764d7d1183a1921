"""One worker at a time signs in with the stored password of a connection."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.db import transaction

from core.leases import lease_end
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from wizard.models import Connection
from wizard.services.sign_ins import one_sign_in


@pytest.mark.django_db(transaction=True)
def test_sign_in_that_waited_for_the_row_sees_the_one_before_it(connection: Connection) -> None:
    """The other sign-in's time then ends later than one that begins with the statement that waited."""

    def sign_in() -> None:
        try:
            with one_sign_in(connection):
                return
        finally:
            database.close()

    row = Connection.objects.filter(pk=connection.pk)
    with ThreadPoolExecutor(1) as worker:
        with transaction.atomic():
            row.select_for_update().get()
            second = worker.submit(sign_in)
            wait_until(is_lock_awaited, "the second sign-in waits")
            row.update(signing_in_until=lease_end())

        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)

        row.update(signing_in_until=None)
        second.result(timeout=10)
