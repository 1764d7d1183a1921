from smartsync.services.runs import default_since, list_retry, run_cancel, run_finish, run_start, runs_start

__all__ = ["default_since", "list_retry", "run_cancel", "run_finish", "run_start", "runs_start"]
