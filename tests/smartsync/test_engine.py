"""Whole runs against the practice company over HTTP, compared with the records that it really has."""

import pytest
from django.utils import timezone

from intacct.transport import OnBody
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.services import list_retry, run_cancel, run_start
from tests.smartsync.test_look_ahead import TransportProxy, run_with

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)
COMPLETE = SyncRun.Result.COMPLETE


def troubled(run: SyncRun) -> dict[str, tuple[str, str]]:
    """State and cause of each list that is not complete."""
    others = run.lists.exclude(state=ListRun.State.COMPLETE)
    return {list_run.slug: (list_run.state, list_run.cause) for list_run in others}


def test_full_sync_stores_exactly_what_intacct_has(company: Company) -> None:
    run = company.sync("full")
    assert (run.result, troubled(run)) == (COMPLETE, {})
    assert company.differences() == {}
    counted = dict(run.lists.values_list("slug", "counted_after"))
    assert counted == company.counts()
    company.profile.refresh_from_db()
    assert company.profile.first_synced_at is not None


def test_lists_that_fit_share_requests(company: Company) -> None:
    company.sync("full")
    pages = sum(-(-max(count, 1) // 2000) for count in company.counts().values())
    assert len(company.get("requests")["requests"]) < pages


def test_one_request_for_all_lists_shows_that_nothing_changed(company: Company) -> None:
    company.sync("full")
    company.control("requests")
    before = list(ListItem.objects.order_by("pk").values_list("pk", "changed_at"))
    run = company.sync("partial")
    assert run.result == COMPLETE
    assert company.functions() == ["query"]
    assert list(ListItem.objects.order_by("pk").values_list("pk", "changed_at")) == before


def test_partial_sync_after_a_week_notices_all_changes_but_deletions(company: Company) -> None:
    company.sync("full")
    company.control("week")
    partial = company.sync("partial")
    deleted = company.differences()
    assert partial.result == COMPLETE
    assert sum(partial.lists.values_list("new", flat=True)) > 0
    assert sum(partial.lists.values_list("changed", flat=True)) > 0
    assert all(company.is_deleted(slug, key) for slug, keys in deleted.items() for key in keys)
    full = company.sync("full")
    assert company.differences() == {}
    assert sum(full.lists.values_list("deactivated", flat=True)) == sum(map(len, deleted.values())) > 0


def test_refused_list_keeps_its_records_and_affects_no_other_list(company: Company) -> None:
    company.control("permissions", revoke=["vendors"])
    run = company.sync("full")
    assert run.result == SyncRun.Result.INCOMPLETE
    assert troubled(run) == {"vendors": ("refused", "permission_missing")}
    company.profile.refresh_from_db()
    assert company.profile.first_synced_at is None


def test_retrying_a_list_with_its_permission_completes_the_run(company: Company) -> None:
    company.control("permissions", revoke=["vendors"])
    run = company.sync("full")
    company.control("permissions", grant=["vendors"])
    company.control("requests")
    again = company.work(list_retry(list_run=run.lists.get(slug="vendors"), actor=company.actor))
    assert again == run
    assert again.result == COMPLETE
    assert company.differences() == {}
    assert company.functions() == ["lookup", "query", "query", "query"]


def test_list_refused_last_time_is_read_from_its_own_last_success(company: Company) -> None:
    company.sync("full")
    company.control("permissions", revoke=["vendors"])
    company.control("week")
    assert company.sync("partial").result == SyncRun.Result.INCOMPLETE
    company.control("permissions", grant=["vendors"])
    run = company.sync("partial", since=timezone.now())
    assert run.result == COMPLETE
    left = company.differences("vendors").get("vendors", set())
    assert all(company.is_deleted("vendors", key) for key in left)


def test_lists_of_applications_the_company_lacks_are_not_applicable(company: Company) -> None:
    company.control("", subscriptions=["accounts-receivable", "cash-management"])
    run = company.sync("full")
    absent = {
        "warehouses",
        "items",
        "projects",
        "tasks",
        "standard-tasks",
        "cost-types",
        "standard-cost-types",
        "contracts",
    }
    assert run.result == COMPLETE
    assert troubled(run) == dict.fromkeys(absent, ("not_applicable", "not_subscribed"))


def test_dimensions_that_intacct_does_not_name_are_shown_as_refused(company: Company) -> None:
    company.control("", behavior={"denied_functions": ["getDimensions"]})
    run = company.sync("full")
    assert run.result == SyncRun.Result.INCOMPLETE
    assert troubled(run) == {"dimensions": ("refused", "permission_missing")}


def test_session_that_expires_in_the_middle_is_renewed(company: Company) -> None:
    company.control("fault", name="expired-session", after=5, calls=1)
    assert company.sync("full").result == COMPLETE
    assert company.count("getAPISession") == 2
    assert company.differences() == {}


@pytest.mark.parametrize("fault", ["truncated", "unavailable", "rate-limit", "html", "empty"])
def test_temporary_faults_leave_no_gap(company: Company, fault: str) -> None:
    company.control("fault", name=fault, after=4, calls=1)
    run = company.sync("full")
    assert (run.result, troubled(run)) == (COMPLETE, {})
    assert company.differences() == {}


def test_list_whose_query_always_fails_is_refused_with_the_reason(company: Company) -> None:
    company.control("fault", name="unknown-field", object="VENDOR")
    run = company.sync("full")
    assert troubled(run) == {"vendors": ("refused", "query_refused")}


def test_records_that_appear_while_a_list_is_read_are_not_lost(company: Company) -> None:
    """They are created after the first page: it is not determined which list the n-th request reads."""

    class Growing(TransportProxy):
        has_grown = False

        def receive(self, body: bytes, on_body: OnBody) -> None:
            if body.count(b"</VENDOR>") > 1 and b" down" not in body and not self.has_grown:
                self.has_grown = True
                company.control("edits", object="VENDOR", actions=[["add", number] for number in range(3)])
            super().receive(body, on_body)

    vendors, _proxy = run_with(company, Growing)
    assert (vendors.state, vendors.pass_number, vendors.read) == ("complete", 2, 4503)

    vendors.run.release()
    assert company.work(vendors.run).result == COMPLETE
    assert company.differences() == {}


def test_list_that_changes_all_the_time_is_incomplete_and_deletes_nothing(company: Company) -> None:
    company.sync("full")
    company.control("fault", name="changing-rows")
    run = company.sync("full")
    states = set(run.lists.values_list("state", flat=True))
    assert "incomplete" in states
    incomplete = run.lists.filter(state="incomplete").values("slug")
    assert not ListItem.objects.filter(list__in=incomplete).exclude(deleted_at=None).exists()


def test_refused_password_is_tried_once_and_ends_the_run(company: Company) -> None:
    company.control("set-up", password="another one")
    run = company.sync("full")
    assert (run.result, run.cause) == (SyncRun.Result.FAILED, "sign_in_refused")
    assert company.count("getAPISession") == 1


def test_canceled_run_keeps_stored_records_and_deactivates_nothing(company: Company) -> None:
    company.sync("full")
    company.control("week")
    run = run_start(profile=company.profile, kind="full", actor=company.actor)
    run_cancel(run=run, actor=company.actor)
    company.work(run)
    assert run.result == SyncRun.Result.CANCELED
    assert not ListItem.objects.exclude(deleted_at=None).exists()


def test_run_in_short_parts_ends_like_one_in_a_single_part(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartsync.engine.pipeline.WORK_SECONDS", 0.05)
    run = company.sync("full")
    assert run.attempts > 2
    assert run.result == COMPLETE
    assert company.differences() == {}


def test_sync_with_another_date_format_loses_nothing(company: Company) -> None:
    company.control("", formatting={"dateformat": ".dmY", "gmtoffset": -8})
    company.learn_formatting()
    company.sync("full")
    company.control("week")
    company.sync("partial")
    assert all(company.is_deleted(slug, key) for slug, keys in company.differences().items() for key in keys)


def test_long_list_is_read_from_both_ends(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartsync.engine.list_state.LARGEST_PAGE", 200)
    run = company.sync("full")
    assert run.result == COMPLETE
    assert run.lists.filter(high_key__gt=0, max_key__gt=0).exists()
    assert company.differences() == {}
