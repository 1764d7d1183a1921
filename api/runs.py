"""Sync runs: what each list got, and starting and canceling them."""

from datetime import datetime
from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from api.access import ApiToken, KeyRequest, find, visible_to
from api.pagination import Page, Paging, page_of
from api.scopes import Scope
from api.types import Fields, Input, Key
from intacct.catalogue import RecordList
from smartsync import services
from smartsync.engine.plan import lists_of
from smartsync.models import ListRun, SyncRun
from smartsync.models.list_runs import list_label
from wizard.help import CODES
from wizard.models import SyncProfile

router = Router(tags=["Runs"], auth=ApiToken(Scope.READ_CONNECTIONS, Scope.RUN_SYNCS))
RUN = ApiToken(Scope.RUN_SYNCS)


RunKind = Literal["full", "partial"]
RunState = Literal["queued", "running", "done"]
RunResult = Literal["", "complete", "incomplete", "failed", "canceled"]
ListState = Literal["queued", "reading", "complete", "incomplete", "refused", "failed", "not_applicable", "canceled"]


class ListResult(Schema):
    """What a run did to one list. `read` is the number of records that Intacct sent. “off”: it was not in use."""

    list: str
    title: str
    state: ListState | Literal["off"]
    read: int
    new: int
    changed: int
    unchanged: int
    deactivated: int
    set_aside: int
    held: int
    cause: str
    code: str
    finished_at: datetime | None


class RunItem(Schema):
    id: int
    profile_id: int
    kind: RunKind
    since: datetime | None
    state: RunState
    result: RunResult
    cause: str
    code: str = Field(description="The help page with this code explains the cause.")
    is_canceling: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    lists: list[ListResult]


class NewRun(Input):
    profile_id: Key
    kind: RunKind


class RunFilter(Paging):
    profile_id: Key | None = None
    state: RunState | None = None


@router.get("", response=Page[RunItem], summary="List runs")
def list_runs(request: KeyRequest, filter: Annotated[RunFilter, Query()]) -> Fields:
    """Newest first."""
    wanted = {name: getattr(filter, name) for name in ("profile_id", "state") if getattr(filter, name)}
    page, cursor = page_of(_with_lists(request).filter(**wanted), filter, newest_first=True)
    return {"data": [_item(run) for run in page], "next_cursor": cursor}


@router.get("/{int:run_id}", response=RunItem, summary="Read a run")
def read_run(request: KeyRequest, run_id: Key) -> Fields:
    return _item(find(request, SyncRun, run_id))


@router.post("", response={201: RunItem}, auth=RUN, summary="Start a run")
def start_run(request: KeyRequest, body: NewRun, response: HttpResponse) -> Status[Fields]:
    profile = find(request, SyncProfile, body.profile_id, "connection__customer")
    run = services.run_start(profile=profile, kind=body.kind, actor=None)
    response.headers["Location"] = f"/api/v1/runs/{run.pk}"
    return Status(201, _item(run))


@router.post("/{int:run_id}/cancel", response=RunItem, auth=RUN, summary="Cancel a run")
def cancel_run(request: KeyRequest, run_id: Key) -> Fields:
    """Records that were stored stay. A run that has ended stays as it is."""
    services.run_cancel(run=find(request, SyncRun, run_id, "profile__connection"), actor=None)
    return _item(find(request, SyncRun, run_id))


def _with_lists(request: KeyRequest) -> QuerySet[SyncRun]:
    return visible_to(request.key, SyncRun).prefetch_related("lists")


def _item(run: SyncRun) -> Fields:
    same = ("profile_id", "kind", "since", "state", "result", "cause", "created_at", "started_at", "finished_at")
    return {
        **{name: getattr(run, name) for name in same},
        "id": run.pk,
        "code": CODES.get(run.cause, ""),
        "is_canceling": run.is_active and run.cancel_requested_at is not None,
        "lists": [*map(_list_result, lists_of(run)), *map(_unused_list, run.lists_left_out)],
    }


def _list_result(list_run: ListRun) -> Fields:
    same = set(ListResult.model_fields) - {"list", "title", "code"}
    return {
        **{name: getattr(list_run, name) for name in same},
        "list": list_run.slug,
        "title": list_run.label,
        "code": CODES.get(list_run.cause, ""),
    }


def _unused_list(kind: RecordList) -> Fields:
    counts = ("read", "new", "changed", "unchanged", "deactivated", "set_aside", "held")
    about = {"list": kind.slug, "title": list_label(kind), "state": "off"}
    return {**dict.fromkeys(counts, 0), **about, "cause": "", "code": "", "finished_at": None}
