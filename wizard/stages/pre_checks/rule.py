from wizard.stages.rules import Known, state_by_confirmation


def state(known: Known) -> str:
    return "verified" if known.connection.is_answered else state_by_confirmation(known)
