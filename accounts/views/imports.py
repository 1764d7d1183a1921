"""Import from CSV files, or from typed lines: send, preview, confirm, result."""

import csv
from io import StringIO
from itertools import chain
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import UserRequest, administrators_only, support_only
from accounts.imports.line_kinds import LINE_KINDS
from accounts.imports.services import (
    MOST_LINES,
    MOST_TYPED,
    RESULT_HEADINGS,
    import_confirm,
    import_create,
    invitations_create,
)
from accounts.interrupted_posts import restore_typed
from accounts.models import ROOT_NAME, Customer, Import, ImportLine, OrgUnit, Role
from accounts.models.imports import OUTCOMES
from core.collation import Natural
from core.fields import RowField, TextField
from core.refusals import show_refusal_in, show_refusal_to
from core.spreadsheets import csv_response

LINES_SHOWN, IMPORTS_SHOWN = 50, 10
FILE_KINDS = [kind for kind in LINE_KINDS if kind != Import.Kind.INVITATIONS]
INVITATIONS = LINE_KINDS[Import.Kind.INVITATIONS]


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        max_length=200,
        help_text=gettext_lazy("From Excel or another program. Use the headings of a template below."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    invites = forms.BooleanField(
        label=gettext_lazy("Invite new users by email"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise they are added without a password, and sign in by single sign-on."),
    )


class InvitationsForm(forms.Form):
    lines = TextField(
        label=gettext_lazy("Users to invite"),
        max_length=15_000,
        help_text=INVITATIONS.help,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The names of roles are those of the language of the page.
        roles = f"{Role.INVOICE_ADMINISTRATOR.label} | {Role.INVOICE_EXPORTER.label}"
        example = f"ben@example.com, Ben Branch, {roles}, {ROOT_NAME}"
        self.fields["lines"].widget.attrs["placeholder"] = example


@support_only
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: UserRequest) -> HttpResponse:
    form = restore_typed(request, ImportForm(request.POST or None, request.FILES or None))
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form, "file"):
            file = form.cleaned_data["file"]
            run = import_create(
                actor=request.user, file_name=file.name, data=file.read(), invites=form.cleaned_data["invites"]
            )
            return redirect("accounts:import", run.pk)
    context = {
        "form": form,
        "kinds": [(kind, Import.Kind(kind).label, LINE_KINDS[kind].help) for kind in FILE_KINDS],
        "recent": Import.objects.filter(customer=None).select_related("created_by").order_by("-pk")[:IMPORTS_SHOWN],
        "most_lines": MOST_LINES,
    }
    return render(request, "accounts/imports.html", context)


imports.takes_file = True  # type: ignore[attr-defined]  # see beanworks_connect.request_checks


@support_only
@require_safe
def import_template(request: UserRequest, kind: str) -> StreamingHttpResponse:
    if kind not in FILE_KINDS:
        raise Http404
    line_kind = LINE_KINDS[kind]
    return csv_response(f"{kind}.csv", [[*line_kind.form.base_fields], line_kind.example])


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def invite_several(request: UserRequest, customer_pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_pk)
    form = InvitationsForm(request.POST or None, initial={"lines": _lines_to_correct(request, customer)})
    form = restore_typed(request, form)
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form, "lines"):
            run = invitations_create(actor=request.user, customer=customer, text=form.cleaned_data["lines"])
            return redirect("accounts:import", run.pk)
    context = {
        "form": form,
        "customer": customer,
        "most_lines": MOST_TYPED,
        "roles": Role.labels,
        "org_units": OrgUnit.objects.filter(customer=customer).order_by(Natural("name")),
    }
    return render(request, "accounts/invite_several.html", context)


def _lines_to_correct(request: UserRequest, customer: Customer) -> str:
    """Return the lines of an earlier import that have invited no one, as they were typed."""
    try:
        run = RowField(queryset=customer.imports.all()).clean(request.GET.get("correct"))
    except forms.ValidationError:
        return ""
    text = StringIO()
    lines = run.lines.filter(outcome__in=("", ImportLine.Outcome.FAILED))
    for line in lines.order_by("number"):
        csv.writer(text).writerow([line.cells.get(name, "") for name in INVITATIONS.form.base_fields])
    return text.getvalue()


@administrators_only
@require_safe
def import_page(request: UserRequest, import_pk: int) -> HttpResponse:
    run = get_object_or_404(_visible(request).select_related("created_by", "customer"), pk=import_pk)
    counts = dict(run.lines.order_by().values_list(_shown_column(run)).annotate(Count("pk")))
    choice = request.GET.get("show", "")
    lines = _chosen_lines(run, choice).select_related("run")
    total = sum(counts.values())
    context = {
        "run": run,
        "page": Paginator(lines, LINES_SHOWN).get_page(request.GET.get("page")),
        "tiles": [(outcome, run.outcome_labels[outcome], counts[outcome]) for outcome in OUTCOMES if outcome in counts],
        "choice": choice,
        "total": total,
        "done": total - counts.get("", 0),
        "to_do": counts.get("created", 0) + counts.get("changed", 0),
        "failed": counts.get("failed", 0),
        "to_correct": not run.is_active and (counts.get("failed", 0) or run.confirmed_at is None),
    }
    return render(request, "accounts/import.html", context)


@administrators_only
@require_POST
def import_start(request: UserRequest, import_pk: int) -> HttpResponse:
    with show_refusal_to(request):
        import_confirm(run=get_object_or_404(_visible(request), pk=import_pk), actor=request.user)
    return redirect("accounts:import", import_pk)


@administrators_only
@require_safe
def import_csv(request: UserRequest, import_pk: int) -> StreamingHttpResponse:
    """Download the file as it was read, or the lines with one result, with what each line would do, or did."""
    run = get_object_or_404(_visible(request), pk=import_pk)
    headings = [*LINE_KINDS[run.kind].form.base_fields]
    rows = (
        [line.number, line.outcome or line.plan, line.reason, *(line.cells.get(name, "") for name in headings)]
        for line in _chosen_lines(run, request.GET.get("show", "")).iterator(chunk_size=500)
    )
    return csv_response(f"import-{run.pk}.csv", chain([[*RESULT_HEADINGS, *headings]], rows))


def _shown_column(run: Import) -> str:
    return "outcome" if run.confirmed_at else "plan"


def _chosen_lines(run: Import, outcome: str) -> QuerySet[ImportLine]:
    """Return the lines with this outcome in their order; all lines if there is no such outcome."""
    lines = run.lines.order_by("number")
    return lines.filter(**{_shown_column(run): outcome}) if outcome in OUTCOMES else lines


def _visible(request: UserRequest) -> QuerySet[Import]:
    return Import.objects.visible_to(request.user)
