#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

if __name__ == "__main__":
    # The practice company starts alone, with nothing of the product's set.
    is_practice = sys.argv[1:2] == ["practice"]
    settings = "practice.settings" if is_practice else "beanworks_connect.command_settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as reason:
        # The database is gone, restarts, or its disk is full: an operator needs the reason, not our lines of code.
        sys.exit(
            f"The database did not answer, or stopped this command: {reason}\n"
            "See the lines above, and check DATABASE_URL and the log of PostgreSQL. Then run the command again."
        )
    except KeyboardInterrupt:
        sys.exit("Stopped.")
