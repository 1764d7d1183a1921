#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # The practice company starts alone, with nothing of the product's set.
    project = "practice" if sys.argv[1:2] == ["practice"] else "beanworks_connect"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{project}.settings")
    execute_from_command_line(sys.argv)
