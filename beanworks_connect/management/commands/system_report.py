from typing import Any

from django.core.management.base import BaseCommand

from beanworks_connect.system.report import report
from beanworks_connect.system.section import Section


class Command(BaseCommand):
    help = "Print versions, queues, the last backup, settings in force without secrets, and storage by table."

    def handle(self, *args: Any, **options: Any) -> None:
        for section in report():
            self.stdout.write("\n".join([*_lines(section), ""]))


def _lines(section: Section) -> list[str]:
    widths = [max(map(len, column)) for column in zip(section.columns, *section.rows, strict=True)]
    lines = [f"{section.title} ({section.documented})"]
    for row, is_problem in [(section.columns, False), *section.marked_rows()]:
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append(f"{'!' if is_problem else ' '} {cells}".rstrip())
    return lines
