"""The whole report, in the order of the page."""

import platform

import django
from django.db import connection
from django.utils.translation import gettext as _

from beanworks_connect import VERSION
from beanworks_connect.system.data_sections import backup_section, key_section, retention_section, storage_section
from beanworks_connect.system.section import Section
from beanworks_connect.system.settings_section import settings_section
from beanworks_connect.system.work_sections import queue_section


def report() -> list[Section]:
    return [
        version_section(),
        queue_section(),
        backup_section(),
        retention_section(),
        key_section(),
        settings_section(),
        storage_section(),
    ]


def version_section() -> Section:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    rows = [
        ("Beanworks Connect", VERSION),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("PostgreSQL", server),
    ]
    return Section(_("Versions"), "CHANGELOG.md", (_("Program"), _("Version")), rows)
