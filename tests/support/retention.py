"""The nightly job, done at once."""

from core.models import Pruning
from core.retention import RULES, prune


def prune_now(*names: str) -> Pruning:
    """Apply these rules, or all of them."""
    done = [name for name in RULES if names and name not in names]
    pruning = Pruning.objects.claim(Pruning.objects.create(done=done).pk)
    assert pruning
    prune(pruning)
    return pruning
