"""Fail on a migration since the previous release with which the previous release could not work.

Both run on one database while a version is deployed, and after a roll-back. docs/deployment.md says how to change a
table in steps that allow this.
"""

import os
import sys

import django
from django_migration_linter import MigrationLinter

from scripts.releases import ROOT, previous_release

# Migrations that the linter refuses, and why the previous release works with them. A migration that removes what the
# previous release does not use any more is one. After the next release, remove its line.
COMPATIBLE: dict[str, str] = {}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "beanworks_connect.settings")
    django.setup()
    linter = MigrationLinter(str(ROOT), ignore_name=COMPATIBLE, no_cache=True)
    linter.lint_all_migrations(git_commit_id=previous_release())
    linter.print_summary()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
