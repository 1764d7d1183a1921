"""Print the figures of a long run."""

from collections import Counter
from collections.abc import Sequence

from api.models import WebhookEvent
from mail.models import Email
from smartsync.models import ListItem, ListRun, SyncRun
from wizard.models import Verification

from .figures import Answer, Figures, percentile, slowest_pages, thirds
from .findings import BUSY, is_explained, levels
from .stack import Stack


def print_all(stack: Stack, figures: Figures, sign_ins: int) -> None:
    print_answers(figures)
    print(f"sign-ins of users: {sign_ins}")
    print_work(stack)
    print("failures:", *(f"{count} × {name};" for name, count in sorted(failures(figures).items())))
    print_growth(figures)
    total: Counter[str] = Counter()
    for log in sorted(stack.folder.glob("*.log")):
        total += levels(log)
    print(f"records of logs by level: {dict(total)}")


def print_answers(figures: Figures) -> None:
    groups = {
        "pages": [answer for answer in figures.answers if not is_api(answer) and not is_probe(answer)],
        "API": [*filter(is_api, figures.answers)],
        "probes": [*filter(is_probe, figures.answers)],
    }
    for name, answers in groups.items():
        statuses = dict(sorted(Counter(answer.status for answer in answers).items()))
        seconds = thirds([answer.seconds for answer in answers])
        print(f"{name} by status: {statuses}, p95 {1000 * percentile(answers):.0f} ms, medians of the thirds", end=" ")
        print([round(1000 * second) for second in seconds], "ms")
    for status, what in ((0, "a web process was killed"), (BUSY, "a worker hung")):
        bad = [answer for answer in figures.answers if answer.status == status]
        print(f"status {status}: {len(bad)}, {sum(is_explained(answer, figures) for answer in bad)} while {what}")
    for page, second, count in slowest_pages(groups["pages"]):
        print(f"  {page}: p95 {1000 * second:.0f} ms of {count}")


def is_api(answer: Answer) -> bool:
    return answer.page.startswith("api:")


def is_probe(answer: Answer) -> bool:
    return answer.page in ("livez", "readyz", "metrics")


def print_work(stack: Stack) -> None:
    runs = Counter(SyncRun.objects.values_list("kind", "result"))
    print("syncs:", {f"{kind} {result}": count for (kind, result), count in sorted(runs.items())})
    failed = SyncRun.objects.filter(result__in=SyncRun.bad_outcomes)
    lists = ListRun.objects.filter(run__in=failed).exclude(cause="")
    print("causes of failed syncs:", dict(Counter(failed.values_list("cause", flat=True))), end="; ")
    print("of their lists:", dict(Counter(lists.values_list("cause", flat=True))))
    print(f"scheduled: {SyncRun.objects.exclude(schedule=None).count()}, resumed: {resumed()}")
    print(f"verifications: {Verification.objects.count()}, records: {ListItem.objects.count()}")
    received: Sequence[str] = [request.headers["webhook-id"] for request in stack.receiver.taken]
    events = WebhookEvent.objects.count()
    print(f"webhook events: {events}, requests: {len(received)}, received more than once: {len(received) - events}")
    print(f"emails: {Email.objects.count()}, received: {len(stack.mail.post.taken)}")


def resumed() -> int:
    return SyncRun.objects.filter(attempts__gt=1).count()


def failures(figures: Figures) -> Counter[str]:
    return Counter(name for name, _at in figures.failures)


def print_growth(figures: Figures) -> None:
    for name, samples in figures.samples.items():
        megabytes, threads, files = (
            [round(part) for part in thirds([getattr(sample, what) for sample in samples])]
            for what in ("megabytes", "threads", "files")
        )
        print(f"{name} in each third: {megabytes} MB, {threads} threads, {files} open files")
    for name, sizes in (("database", figures.database_megabytes), ("broker", figures.broker_megabytes)):
        print(f"{name}: {sizes[0]:.1f} MB at first, {[round(part, 1) for part in thirds(sizes)]} MB in each third")
