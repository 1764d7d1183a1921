from wizard.models import SyncProfile
from wizard.stages.rules import Known


def state(known: Known) -> str:
    approved = [profile for profile in known.profiles if profile.state == SyncProfile.State.APPROVED]
    if not approved:
        return "locked"
    if any(profile.first_synced_at for profile in approved):
        return "verified"
    return "in_progress" if any(profile.sync_started_at for profile in approved) else "todo"
