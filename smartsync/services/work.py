"""Work on a run that this worker has claimed, for a limited time."""

from core.leases import LeaseLost, renew_periodically
from intacct.errors import IntacctError
from intacct.session import Session
from smartsync.engine.pipeline import Pipeline
from smartsync.engine.plan import run_plan, unfinished_lists
from smartsync.models import SyncRun
from smartsync.services.runs import run_cancel, run_finish, runs_publish
from wizard.services.sessions import session_for
from wizard.services.verifications import verify_for_sync


def run_advance(run: SyncRun) -> None:
    """Work on a claimed run for a limited time, then finish it or release its lease, and queue the company's next run.

    A lost lease ends this without an error: another worker goes on with the run.
    """
    try:
        with renew_periodically(run):
            error = _work(run)
        # Asked again: the user may have canceled since the last page was stored.
        if error or run.is_canceled() or not unfinished_lists(run):
            run_finish(run=run, error=error)
        else:
            run.release()
    except LeaseLost:
        return
    # The company's other runs wait until this one is released, since a run uses both of the company's requests. Without
    # this message they would wait for the sweeper.
    if following := SyncRun.objects.next_of_company(run):
        runs_publish([following.pk])


def _work(run: SyncRun) -> IntacctError | None:
    """Read and store for a limited time. Returns the error that stopped the run, or None."""
    if not run.profile.is_synced:
        # It was queued while the connection was disconnected or the profile ended.
        run_cancel(run=run, actor=None)
    if run.is_canceled():
        return None
    try:
        session = _session(run)
        run_plan(run, session)
        Pipeline(run, session).work()
    except IntacctError as error:
        return error
    return None


def _session(run: SyncRun) -> Session:
    """The session for the run. The connection is verified first, unless the run has its lists and only resumes."""
    connection = run.profile.connection
    session = session_for(connection, work=run) if run.has_lists else verify_for_sync(connection, run)
    return session.entity(run.profile.entity_id) if run.profile.entity_id else session
