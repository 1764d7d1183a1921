"""The settings of manage.py: an operator soon learns that the database is not there.

Workers wait for half a minute. A command tries for some seconds, so that it survives a short restart of PostgreSQL.
"""

from .settings import *  # noqa: F403
from .settings import DATABASES

DATABASES["default"]["OPTIONS"]["pool"] |= {"timeout": 5, "reconnect_timeout": 5}
