"""A request with too many functions is sent again in halves."""

import pytest

from intacct import errors as e
from tests.intacct import replies as r
from tests.intacct.company import ASK, Company, session
from tests.intacct.gateway import Answer, Asked


def at_most(company: Company, most: int, refusal: str) -> None:
    """Let the company refuse every request with more functions than this."""

    def answer(asked: Asked) -> Answer | None:
        if len(asked.functions) <= most:
            return None
        return Answer(r.control_failure(refusal))

    company.before = answer


@pytest.mark.parametrize("refusal", [r.error("XL03000003", "", "XML Parse schema error"), r.error("ZZ99", "", "Moon")])
def test_too_many_functions_are_sent_in_halves(company: Company, refusal: str) -> None:
    here = session(company)
    at_most(company, 3, refusal)
    reply = here.call(*[ASK] * 7, ASK.with_id("last"))
    assert list(reply.results) == ["f1", "f2", "f3", "f4", "f5", "f6", "f7", "last"]
    assert [len(asked.functions) for asked in company.gateway.asked[1:]] == [8, 4, 2, 2, 4, 2, 2]
    assert company.logins == 1


def test_function_that_is_refused_alone_is_found_with_few_requests(company: Company) -> None:
    here = session(company)
    here.login()
    at_most(company, 0, r.error("XL03000003", "", "XML Parse schema error"))
    with pytest.raises(e.BadRequest):
        here.call(*[ASK] * 64)
    assert [len(asked.functions) for asked in company.gateway.asked[1:]] == [64, 32, 16, 8, 4, 2, 1]


def test_write_is_never_sent_in_halves(company: Company) -> None:
    here = session(company)
    here.login()
    at_most(company, 1, r.error("XL03000003", "", "XML Parse schema error"))
    with pytest.raises(e.BadRequest):
        here.call(ASK, ASK, repeat=False)
    assert len(company.gateway.asked) == 2


def test_sign_in_with_an_unknown_refusal_is_not_retried_in_halves(company: Company) -> None:
    at_most(company, 0, r.error("ZZ99", "", "The moon is full"))
    with pytest.raises(e.UnknownError):
        session(company).call(*[ASK] * 8)
    assert company.logins == 1
