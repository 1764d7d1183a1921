from wizard.models.confirmation import Confirmation
from wizard.models.connection import Connection, StageProgress, StoredSecret
from wizard.models.handover import Guest, Handover, Visitor
from wizard.models.incident import Incident
from wizard.models.profile import Question, SyncProfile
from wizard.models.support_settings import SupportSettings
from wizard.models.test_bill import TestBill
from wizard.models.verification import (
    GOOD_OUTCOMES,
    PROBLEM_OUTCOMES,
    Finding,
    Outcome,
    Verification,
    dimension_check,
    permission_check,
)

__all__ = [
    "GOOD_OUTCOMES",
    "PROBLEM_OUTCOMES",
    "Confirmation",
    "Connection",
    "Finding",
    "Guest",
    "Handover",
    "Incident",
    "Outcome",
    "Question",
    "StageProgress",
    "StoredSecret",
    "SupportSettings",
    "SyncProfile",
    "TestBill",
    "Verification",
    "Visitor",
    "dimension_check",
    "permission_check",
]
