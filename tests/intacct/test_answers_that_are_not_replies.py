"""Answers that are not replies of Intacct, or are made to harm."""

import io

import pytest

from intacct import errors as e
from intacct.reply_parser import parse
from tests.intacct import replies as r

CLOUDFLARE = '<!DOCTYPE html><html><body><div class="cf-error-details">Error 520</div></body></html>'


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE response [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><response><control><status>success</status><controlid>&j;</controlid></control></response>"
)


FILE = '<!DOCTYPE response [<!ENTITY f SYSTEM "file:///etc/passwd">]><response><control>&f;</control></response>'


@pytest.mark.parametrize(
    ("body", "content_type", "status", "cause"),
    [
        ("", "text/xml", 200, e.EmptyReply),
        (" \n ", "text/xml", 200, e.EmptyReply),
        ("<html><body>Sorry</body></html>", "text/html", 200, e.HtmlReply),
        ("<!doctype html><p>Sorry", "text/html", 200, e.HtmlReply),
        (CLOUDFLARE, "text/html", 200, e.CloudflareReply),
        ('[{"RECORDNO": "1"}]', "application/json", 200, e.JsonReply),
        ('{"error": 1}', "", 200, e.JsonReply),
        (r.ok(r.result())[:-20], "text/xml", 200, e.TruncatedReply),
        (r.ok(r.result())[:60], "text/xml", 200, e.TruncatedReply),
        ("<other/>", "text/xml", 200, e.UnreadableReply),
        ("hello", "text/plain", 200, e.UnreadableReply),
        ("API rate limit exceeded", "text/plain", 200, e.Throttled),
        (CLOUDFLARE, "text/html", 524, e.GatewayTimedOut),
        (CLOUDFLARE, "text/html", 502, e.GatewayUnavailable),
        ("", "", 503, e.GatewayUnavailable),
        ("<html>", "text/html", 429, e.Throttled),
        ("<html>", "text/html", 403, e.GatewayBlocked),
        (CLOUDFLARE, "text/html", 403, e.CloudflareReply),
        ("<html>", "text/html", 404, e.UnknownError),
        (FILE, "text/xml", 200, e.DoctypeReply),
        ("<!DOCTYPE response><response><control/></response>", "text/xml", 200, e.DoctypeReply),
    ],
)
def test_answers_that_are_not_replies_are_distinguished(body: str, content_type: str, status: int, cause: type) -> None:
    with pytest.raises(e.IntacctError) as failed:
        parse(body.encode(), content_type, status=status)
    assert type(failed.value) is cause


def test_entity_expansion_attack_has_no_effect() -> None:
    with pytest.raises(e.UnreadableReply):
        parse(BOMB.encode(), "text/xml")


def test_body_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.reply_parser.LARGEST_BODY", 1000)
    body = r.ok(r.result("<data>" + "x" * 1000 + "</data>")).encode()
    for content in (body, io.BytesIO(body)):
        with pytest.raises(e.BodyTooLarge):
            parse(content)
