from wizard.models import SyncProfile
from wizard.stages.rules import Known, state_by_confirmation


def state(known: Known) -> str:
    states = [profile.state for profile in known.profiles]
    if SyncProfile.State.ASKED in states:
        return "attention"
    if SyncProfile.State.APPROVED in states:
        return "verified"
    if any(profile.is_waiting for profile in known.profiles):
        return "waiting"
    is_refused = states and states[-1] in SyncProfile.REFUSED
    return "attention" if is_refused else state_by_confirmation(known)
