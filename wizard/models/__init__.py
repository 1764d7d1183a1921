from wizard.models.connection import Connection, StageProgress, StoredSecret
from wizard.models.incident import Incident
from wizard.models.profile import Question, SyncProfile
from wizard.models.verification import Finding, Outcome, Verification

__all__ = [
    "Connection",
    "Finding",
    "Incident",
    "Outcome",
    "Question",
    "StageProgress",
    "StoredSecret",
    "SyncProfile",
    "Verification",
]
