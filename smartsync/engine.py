"""A run from its claim to the end of one turn."""

from intacct.errors import IntacctError
from intacct.session import Session
from leases import LeaseLost, kept_alive
from smartsync.models import SyncRun
from smartsync.planning import run_plan
from smartsync.queue import publish
from smartsync.services import run_finish
from smartsync.turn import Turn
from wizard.gateway import session_for
from wizard.ladder import verified_session


def run_advance(run: SyncRun) -> None:
    """One turn at a run that this worker has claimed; then it is finished or given back, and the next one asked."""
    try:
        with kept_alive(run):
            error = _turn(run)
        if error or run.is_cancelled() or not run.lists.unfinished().exists():
            run_finish(run=run, error=error)
        else:
            run.release()
    except LeaseLost:
        return
    if following := SyncRun.objects.next_of_company(run):
        publish(following.pk)


def _turn(run: SyncRun) -> IntacctError | None:
    """What stopped the run, if anything did."""
    if run.is_cancelled():
        return None
    try:
        session = _session(run)
        run_plan(run, session)
        Turn(run, session).take()
    except IntacctError as error:
        return error
    return None


def _session(run: SyncRun) -> Session:
    """The connection is verified before anything of a run is read."""
    connection = run.profile.connection
    session = session_for(connection) if run.lists.exists() else verified_session(connection)
    return session.entity(run.profile.entity_id) if run.profile.entity_id else session
