import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intacct import errors as e
from intacct import filters as f
from intacct.paging import SMALLEST_PAGE, page_from, page_function, pages
from intacct.reply import Data
from intacct.reply_parser import parse
from intacct.request import Login, Sender
from intacct.secret import Secret
from intacct.session import Session
from intacct.transport import Transport
from tests.intacct import replies as r
from tests.intacct.company import Company
from tests.intacct.gateway import Answer, Asked, Gateway


@pytest.fixture
def company(gateway: Gateway) -> Company:
    return Company(gateway)


@pytest.fixture
def session(company: Company) -> Session:
    transport = Transport(company.gateway.endpoint, [company.gateway.origin], read_timeout=0.2)
    return Session(transport, Sender("S", Secret("s")), Login("ACME", "Beanworks", Secret("right")))


def numbers(session: Session, **about: int) -> list[int]:
    read = pages(session, "VENDOR", ["RECORDNO"], **about)  # type: ignore[arg-type]
    return [int(record["RECORDNO"]) for page in read for record in page.records]


def data(text: str) -> Data:
    return parse(r.ok(r.result(text)).encode())["f1"].or_raise()


def rows(*keys: object) -> list[dict[str, str]]:
    return [{"RECORDNO": str(key)} for key in keys]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(there=st.sets(st.integers(1, 10_000), max_size=40), size=st.integers(1, 15), after=st.integers(0, 10_000))
def test_every_record_is_read_once_with_any_page_size(
    company: Company, session: Session, there: set[int], size: int, after: int
) -> None:
    company.numbers = list(there)
    assert numbers(session, page_size=size, after=after) == sorted(number for number in there if number > after)


def test_empty_list_is_one_empty_page(company: Company, session: Session) -> None:
    [page] = pages(session, "VENDOR", ["NAME"])
    assert ([*page.records], page.total, page.last_key, page.is_last) == ([], 0, 0, True)


def test_records_added_or_deleted_between_pages_do_not_change_the_others(company: Company, session: Session) -> None:
    company.numbers = [10, 20, 30, 40, 50, 60]
    read = pages(session, "VENDOR", ["RECORDNO"], page_size=2)
    assert next(read).last_key == 20
    company.numbers = [5, 20, 30, 40, 50, 60, 70]
    assert [record["RECORDNO"] for page in read for record in page.records] == ["30", "40", "50", "60", "70"]


def test_page_that_times_out_is_requested_at_half_the_size(company: Company, session: Session) -> None:
    company.numbers = list(range(1, 1001))

    def slow(asked: Asked) -> Answer | None:
        return Answer(silent=True) if int(asked.text(".//pagesize") or 0) > 300 else None

    company.before = slow
    assert numbers(session, page_size=1000) == company.numbers
    sizes = [asked.text(".//pagesize") for asked in company.gateway.asked if asked.text(".//pagesize")]
    assert sizes == ["1000", "500", "250", "250", "250", "250"]


def test_page_that_times_out_at_the_smallest_size_fails(company: Company, session: Session) -> None:
    session.login()
    company.before = lambda asked: Answer(status=524)
    with pytest.raises(e.GatewayTimedOut):
        next(pages(session, "VENDOR", ["NAME"], page_size=4 * SMALLEST_PAGE))
    assert len(company.gateway.asked) == 1 + 3


def test_query_always_selects_the_key_and_keeps_the_filter() -> None:
    body = page_function("UDD", ["name"], key="id", after=7, where=f.eq("status", "T"), page_size=5).body
    assert [field.text for field in body.iterfind("select/field")] == ["id", "name"]
    assert [part.tag for part in body.iterfind("filter/and/*")] == ["equalto", "greaterthan"]
    assert body.findtext("orderby/order/field") == "id"
    assert page_function("VENDOR", ["RECORDNO"]).body.find("filter") is None


@pytest.mark.parametrize(
    "broken",
    [
        "<data/>",
        "<data listtype='VENDOR'><VENDOR><RECORDNO>1</RECORDNO></VENDOR></data>",
        "<data totalcount='2' count='2' numremaining='0'><VENDOR><RECORDNO>1</RECORDNO></VENDOR></data>",
        "<data totalcount='0' count='0'/>",
        r.page("VENDOR", rows(1, 2), total=3),
        r.page("VENDOR", rows(2, 1), remaining=1),
    ],
)
def test_page_whose_counts_contradict_is_refused(broken: str) -> None:
    with pytest.raises(e.MisshapenReply):
        page_from(data(broken))


@pytest.mark.parametrize(
    "key", ["", "one", "1.5", "NaN", "0", "-7", "Infinity", "1E+999999999", "9" * 5000, "٣" * 30, "1e-5"]
)
def test_record_without_a_usable_key_is_kept_separately(key: str) -> None:
    page = page_from(data(r.page("VENDOR", rows(1, key, 3), remaining=1)))

    assert ([record["RECORDNO"] for record in page.records], page.last_key) == (["1", "3"], 3)
    assert [record["RECORDNO"] for record in page.unkeyed] == [key]
    assert not page.is_last


def test_record_without_any_key_counts_as_read() -> None:
    page = page_from(data(r.page("VENDOR", [{"NAME": "no key"}, *rows(7)])))
    assert (page.unkeyed, page.is_last) == ([{"NAME": "no key"}], True)


@pytest.mark.parametrize(
    ("keys", "fresh", "repeated"), [((7, 8), ["8"], 1), ((8, 8), ["8"], 1), ((3, 7, 7), [], 3), ((8, 9), ["8", "9"], 0)]
)
def test_repeated_records_are_left_out_and_counted(keys: tuple[int, ...], fresh: list[str], repeated: int) -> None:
    page = page_from(data(r.page("VENDOR", rows(*keys), remaining=1)), after=7)

    assert ([record["RECORDNO"] for record in page.records], page.repeated) == (fresh, repeated)
    assert page.last_key == (int(fresh[-1]) if fresh else 7)


@pytest.mark.parametrize("came", [rows(), rows("", "x"), rows(6, 7)])
def test_page_without_any_usable_key_is_stuck(came: list[dict[str, str]]) -> None:
    page = page_from(data(r.page("VENDOR", came, remaining=4)), after=7)
    assert (page.is_stuck, page.count) == (True, len(came))


def test_counts_of_a_page_with_an_offset_leave_out_skipped_records() -> None:
    page = page_from(data(r.page("VENDOR", rows(8), remaining=0, total=3)), skipped=2)
    assert page.is_last
    with pytest.raises(e.MisshapenReply):
        page_from(data(r.page("VENDOR", rows(8), remaining=0, total=3)), skipped=1)


def test_unusually_written_keys_are_compared_as_numbers() -> None:
    assert page_from(data(r.page("VENDOR", rows("9.0", "10"), remaining=1))).last_key == 10


def test_single_page_can_be_in_any_order() -> None:
    page = page_from(data(r.page("EXCHANGERATE", rows(1, 10, 2))))
    assert (page.last_key, page.is_last) == (10, True)


def test_refused_list_raises_instead_of_an_empty_page(company: Company, session: Session) -> None:
    session.login()

    def refuse(asked: Asked) -> Answer:
        denied = r.result_failure(r.error("PL04000005", "", "You do not have permission"))
        return Answer(r.ok(denied, control_id=asked.text("control/controlid") or ""))

    company.before = refuse
    with pytest.raises(e.PermissionDenied):
        list(pages(session, "VENDOR", ["NAME"]))
