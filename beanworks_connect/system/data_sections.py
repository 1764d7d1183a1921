"""What is stored: the last backup, the last night of retention, keys in use, and the size of each table."""

from collections import Counter
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import BinaryField, Model
from django.template.defaultfilters import filesizeformat
from django.utils.formats import localize
from django.utils.translation import gettext as _

from accounts.second_factor import second_factor_key_ids
from beanworks_connect.system.section import NOTHING, Section, moment, problems
from core.models import Backup, Pruning

# The number of rows is PostgreSQL's estimate: to count them would read every table. It is -1 for a table that was never
# analyzed.
TABLES = """
    SELECT relname, pg_total_relation_size(oid), pg_indexes_size(oid), nullif(reltuples, -1)::bigint
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    ORDER BY 2 DESC, 1
"""
KEY_IDS = """
    SELECT convert_from(substring(envelope FOR position('\\x0a'::bytea IN envelope) - 1), 'UTF8'), count(*)
    FROM {table} WHERE position('\\x0a'::bytea IN envelope) > 1 GROUP BY 1
"""


def backup_section() -> Section:
    backup = Backup.objects.first()
    row = (
        (moment(backup.made_at), filesizeformat(backup.size), backup.place) if backup else (_("None reported"), "", "")
    )
    columns = (_("Last backup"), _("Size"), _("Where"))
    return Section(_("Backup"), "docs/operations.md#back-up", columns, [row], problems([backup is None]))


def retention_section() -> Section:
    """Tonight's job may still run, so the last one that ended is shown."""
    night = Pruning.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
    removed = sum(night.removed.values()) if night else 0
    errors = ", ".join(f"{rule}: {error}" for rule, error in sorted(night.errors.items())) if night else ""
    row = (moment(night.finished_at if night else None), localize(removed), errors or NOTHING)
    columns = (_("Last run ended"), _("Rows removed"), _("Errors"))
    return Section(
        _("Retention"), "docs/operations.md#how-long-data-is-stored", columns, [row], problems([bool(errors)])
    )


def key_section() -> Section:
    """IDs only. A key that secrets need and that no process has makes them unreadable."""
    known = [pair.partition(":")[0] for pair in settings.ENCRYPTION_KEYS]
    counts = _secrets_by_key()
    names = [*known, *sorted(counts.keys() - set(known))]
    rows = [(name, _key_use(name, known), localize(counts[name])) for name in names]
    columns = (_("Key ID"), _("Use"), _("Secrets under it"))
    return Section(
        _("Encryption keys"),
        "docs/operations.md#change-the-encryption-key",
        columns,
        rows,
        problems([name not in known for name in names]),
    )


def _key_use(name: str, known: list[str]) -> str:
    if name not in known:
        return _("missing: these secrets cannot be opened")
    return _("encrypts and decrypts") if name == known[0] else _("decrypts")


def _secrets_by_key() -> Counter[str]:
    counts = Counter(second_factor_key_ids())
    with connection.cursor() as cursor:
        for model in _models_with_envelopes():
            cursor.execute(KEY_IDS.format(table=connection.ops.quote_name(model._meta.db_table)))
            counts.update(dict(cursor.fetchall()))
    return counts


def _models_with_envelopes() -> Iterator[type[Model]]:
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        if isinstance(fields.get("envelope"), BinaryField):
            yield model


def storage_section() -> Section:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = cursor.fetchall()
    total = sum(size for _name, size, _indexes, _rows in tables)
    rows = [(_("All tables"), filesizeformat(total), "", "")]
    rows += [
        (name, filesizeformat(size), filesizeformat(indexes), NOTHING if count is None else localize(count))
        for name, size, indexes, count in tables
    ]
    columns = (_("Table"), _("Size"), _("Indexes"), _("Rows (estimate)"))
    return Section(_("Storage"), "docs/scale.md", columns, rows)
