"""Paths that an operator names."""

import os
from pathlib import Path


def named_path(text: str) -> Path:
    """Return the whole path. A relative one begins where the script was called: see scripts/bootstrap."""
    return Path(os.environ.get("STARTED_IN", ""), text).resolve()
