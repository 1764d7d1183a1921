"""The previous release: what runs beside this version while it is deployed, and again after a roll-back."""

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class HistoryMissing(Exception):
    """The clone does not have the commit of the previous release."""


def previous_release() -> str:
    """Return its commit. Raise HistoryMissing if this clone does not have it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    commit: str = project["tool"]["beanworks-connect"]["previous-release"]
    # Build servers often clone the last commit only.
    if not _has(commit):
        subprocess.run(["git", "fetch", "--quiet", "--unshallow"], cwd=ROOT, capture_output=True, check=False)
    if not _has(commit):
        raise HistoryMissing(f"This clone lacks the previous release, {commit}. Run: git fetch --unshallow")
    return commit


def _has(commit: str) -> bool:
    command = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def extract_previous_release(folder: Path) -> None:
    """Write the files of the previous release into a folder."""
    archive = subprocess.run(["git", "archive", previous_release()], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive.stdout, check=True)
