"""The page of test bills, and what can be done on it."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.interrupted_posts import restore_typed, typed_for
from accounts.middleware import is_poll
from core.refusals import show_refusal_in, show_refusal_to
from wizard import services
from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.models import SyncProfile, TestBill
from wizard.pages.test_bill import TestBillPage
from wizard.pages.test_bill_form import TestBillForm, all_picks, suggestions
from wizard.services import Refused


class ActForm(forms.Form):
    act = forms.ChoiceField(choices=[("look", ""), ("check", ""), ("text", "")])


@wizard_page
@require_http_methods(["GET", "HEAD", "POST"])
def test_bill(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show the newest test bill and the form. A POST sends a test bill."""
    connection = connection_for(request, pk, act=request.method == "POST")
    page = TestBillPage(request, connection)
    if is_poll(request):
        # A poll takes only the result from the page. The form would read the records of every field each time.
        return render(request, "wizard/test_bill.html", {"page": page})
    profile = _chosen_profile(request, page)
    if profile is None:
        if request.method == "POST":
            raise Refused(_("A test bill needs a legal entity whose first full sync is complete."))
        return render(request, "wizard/test_bill.html", {"page": page})
    form = restore_typed(request, TestBillForm(profile, page.test, request.POST or None))
    if request.method == "POST" and form.is_valid():
        if _send(request, profile, form):
            return redirect("wizard:test_bill", pk)
        page = TestBillPage(request, connection)
        form.show_newest(page.test)
    is_asked_for = form.is_bound or "profile" in request.GET or typed_for(request)
    folds_form = page.test is not None and not page.has_failed and not is_asked_for
    context = {"page": page, "form": form, "profile": profile, "folds_form": folds_form}
    return render(request, "wizard/test_bill.html", context)


def _chosen_profile(request: VisitorRequest, page: TestBillPage) -> SyncProfile | None:
    profiles = {str(profile.pk): profile for profile in page.profiles}
    if request.method == "POST":
        # What is sent goes to the profile that the form showed, or to none.
        return profiles.get(request.POST.get("profile", ""))
    latest = str(page.test.profile_id) if page.test else ""
    wanted = (request.GET.get("profile", ""), latest, *profiles)
    return next((profiles[key] for key in wanted if key in profiles), None)


def _send(request: VisitorRequest, profile: SyncProfile, form: TestBillForm) -> bool:
    with show_refusal_in(form):
        services.send_test_bill(
            profile=profile,
            actor=request.user,
            chosen=form.chosen(),
            after=form.cleaned_data["after"],
            # The button that says what it creates.
            confirm=request.POST.get("confirm") == "true",
        )
        return True
    return False


@wizard_page
@require_POST
def test_bill_act(request: VisitorRequest, pk: int) -> HttpResponse:
    """Look for the bill again, check whether it is still a draft, or report that its link is plain text."""
    connection = connection_for(request, pk, act=True)
    test = TestBill.objects.latest_of(connection)
    form = ActForm(request.POST)
    if test is None or not form.is_valid():
        return redirect("wizard:test_bill", pk)
    with show_refusal_to(request):
        _act(request, test, form.cleaned_data["act"])
    return redirect("wizard:test_bill", pk)


def _act(request: VisitorRequest, test: TestBill, act: str) -> None:
    if act == "look":
        services.look_for_test_bill(test=test, actor=request.user)
    elif act == "text":
        services.save_plain_text(test=test, actor=request.user)
    else:
        services.verification_request(connection=test.connection, actor=request.user)


@wizard_page
@require_safe
def test_bill_records(request: VisitorRequest, pk: int, profile_pk: int, field: str) -> HttpResponse:
    """Return the records that match what is typed into a field of the form, for the list below it."""
    connection = connection_for(request, pk)
    profile = get_object_or_404(connection.profiles.select_related("connection"), pk=profile_pk)
    pick = next((pick for pick in all_picks(profile) if pick.name == field), None)
    if pick is None:
        raise Http404
    records = suggestions(profile, pick, request.GET.get(field, ""))
    return render(request, "wizard/test_bill_options.html", {"records": records})
