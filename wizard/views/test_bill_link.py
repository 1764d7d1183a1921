"""The page that the link on a test bill leads to."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.rate_limits import LimitReached, source_of, use_limit
from accounts.templatetags.users import browser_name
from core.tokens import LinkToken
from wizard import services
from wizard.models import TestBill


class OpenedForm(forms.Form):
    """How a person came to the page: by the link on the bill, or by its text, because Intacct shows only text."""

    opened = forms.ChoiceField(choices=[("link", ""), ("text", "")])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def test_bill_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show that the link works. Only a POST saves that it was opened: a GET may come from a program that reads links.

    If the browser reports that a link on another site led here, the page sends the POST itself. Otherwise the address
    may have been copied, which does not show that Intacct has a link, so the page asks.
    """
    test = services.find_test_bill(LinkToken(token).hash)
    if test is None:
        return _invalid_page(request, token)
    if request.method == "POST":
        _save(request, test)
        return redirect("test_bill:link", token)
    context = {"test": test, "is_clicked": is_clicked(request)}
    return render(request, "wizard/test_bill_link.html", context)


def is_clicked(request: HttpRequest) -> bool:
    """Whether the browser reports that a link of another site led here (Fetch Metadata, W3C).

    For an address that was typed, pasted or opened by another program it reports "none", and programs that read links
    report nothing.
    """
    comes_from = request.headers.get("Sec-Fetch-Site")
    return comes_from in ("cross-site", "same-site") and request.headers.get("Sec-Fetch-Mode") == "navigate"


def _save(request: HttpRequest, test: TestBill) -> None:
    form = OpenedForm(request.POST)
    if not form.is_valid():
        return
    if form.cleaned_data["opened"] == "link":
        services.save_opened_link(test=test, browser=browser_name(request.headers.get("User-Agent", "")))
    else:
        services.save_plain_text(test=test, actor=None)


def _invalid_page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        use_limit("dead_link", LinkToken(token).hash)
        use_limit("dead_links_by_source", source_of(request))
    except LimitReached as reached:
        response = render(request, "wizard/test_bill_link.html", {"too_many": reached}, status=429)
        response.headers["Retry-After"] = str(reached.seconds)
        return response
    return render(request, "wizard/test_bill_link.html", status=404)
