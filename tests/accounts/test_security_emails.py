"""A user is emailed when the way they sign in changes."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another long enough password"


def test_user_is_emailed_after_changing_the_password(administrator: User, browser_of: Callable[..., Client]) -> None:
    User.objects.filter(pk=administrator.pk).update(time_zone="Asia/Tokyo")
    client = browser_of(administrator, user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/150")

    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    [email] = mail.outbox
    assert isinstance(email, EmailMultiAlternatives)
    assert (email.to, email.subject) == ([administrator.email], "Your password was changed")
    for text in ("Hello Ada,", "(JST)", "- Device: Chrome, Windows", "127.0.0.1", "choose a new password at once"):
        assert text in str(email.body)
    assert "Chrome, Windows" in str(email.alternatives[0][0])
