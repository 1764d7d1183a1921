"""Components of pages that no single page's test covers."""

from datetime import UTC, datetime

from django import forms
from django.template.loader import render_to_string
from django.utils import timezone

from core.templatetags.components import when, zone_letters


class Question(forms.Form):
    model = forms.CharField(label="Role-based or user-based?")
    name = forms.CharField(label="Name")


def test_error_after_a_question_has_no_colon() -> None:
    page = render_to_string("components/error_summary.html", {"form": Question({})})

    assert "user-based? This field is required." in page
    assert "Name: This field is required." in page


def test_tooltip_of_a_time_names_its_zone() -> None:
    with timezone.override("America/Toronto"):
        shown = when(datetime(2026, 1, 31, 18, 40, tzinfo=UTC))

    assert 'title="Jan. 31, 2026, 1:40\xa0p.m., Eastern Time (Toronto, Montréal, New York)"' in shown


def test_zone_of_a_time_is_named_also_in_the_hour_that_occurs_twice() -> None:
    """Emails of that hour had empty parentheses after their times."""
    moments = [datetime(2027, 11, 7, hour, 30, tzinfo=UTC) for hour in (8, 9)]

    with timezone.override("America/Vancouver"):
        assert [zone_letters(at) for at in moments] == ["PDT", "PST"]
