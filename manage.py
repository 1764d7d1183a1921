#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line
from django.db import Error, OperationalError
from psycopg import errors

REFUSALS: dict[object, str] = {
    **dict.fromkeys(
        (errors.UndefinedTable, errors.UndefinedColumn),
        "Its tables are not those of this version: run `manage.py migrate` first.",
    ),
    errors.InsufficientPrivilege: "The user of DATABASE_URL may not do this: name the owner of the tables.",
}
"""What helps if PostgreSQL refuses something for such a reason. Any other refusal is an error of ours."""


def main() -> None:
    """Run a command. What an operator can put right is reported in words, without our lines of code."""
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as reason:  # the database is gone, restarts, or its disk is full
        sys.exit(
            f"The database did not answer, or stopped this command: {reason}\n"
            "See the lines above, and check DATABASE_URL and the log of PostgreSQL. Then run the command again."
        )
    except Error as reason:
        if not (advice := REFUSALS.get(type(reason.__cause__))):
            raise
        sys.exit(f"The database refused this command: {reason}\n{advice}")
    except KeyboardInterrupt:
        sys.exit("Stopped.")


if __name__ == "__main__":
    # The practice company starts alone, with nothing of the product's set.
    is_practice = sys.argv[1:2] == ["practice"]
    settings = "practice.settings" if is_practice else "beanworks_connect.command_settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    main()
