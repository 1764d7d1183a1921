"""What a request without a reply means for the run, without Intacct."""

from typing import Any, cast

import pytest

from intacct.errors import IntacctError, MisshapenReply, NoAnswerInTime, SignInRefused
from intacct.reply import Reply
from intacct.session import Session
from intacct.transport import ignore_body
from smartsync.engine.in_flight import InFlight
from smartsync.engine.list_end import ListEnd
from smartsync.engine.pipeline import Sender
from smartsync.engine.step import Step, Writes

REPLY = cast("Reply", "a reply")


class FakeSession:
    is_open = True

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = [*outcomes]

    def call(self, *_functions: Any, on_body: Any) -> Reply:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, IntacctError):
            raise outcome
        return cast("Reply", outcome)


class OneStep(Step[Reply]):
    def read(self, reply: Reply) -> Reply:
        return reply

    def accept(self, content: Reply) -> Writes:
        return []


class OddStep(OneStep):
    def read(self, reply: Reply) -> Reply:
        raise MisshapenReply("odd")


def sender(*outcomes: Any) -> Sender:
    return Sender(cast("Session", FakeSession(*outcomes)))


def request(*steps: type[Step[Any]]) -> InFlight:
    return InFlight({cast("ListEnd", number): step(functions=[], position=None) for number, step in enumerate(steps)})


def test_request_without_a_reply_has_failed_for_all_its_ends() -> None:
    error = NoAnswerInTime()
    results = sender(error).send(request(OneStep, OneStep), ignore_body)
    assert [*results.values()] == [error, error]


def test_unusable_reply_for_one_list_affects_no_other() -> None:
    first, second = sender(REPLY).send(request(OddStep, OneStep), ignore_body).values()
    assert isinstance(first, MisshapenReply)
    assert second == REPLY


def test_run_has_failed_only_if_no_request_got_a_reply() -> None:
    silent, both = sender(NoAnswerInTime(), NoAnswerInTime()), sender(NoAnswerInTime(), REPLY, NoAnswerInTime())
    for _ in range(2):
        silent.send(request(OneStep), ignore_body)
    for _ in range(3):
        both.send(request(OneStep), ignore_body)
    assert isinstance(silent.failure, NoAnswerInTime)
    assert both.failure is None


def test_second_sign_in_that_fails_ends_a_run_to_which_nothing_was_answered() -> None:
    silent, answered = sender(NoAnswerInTime(), NoAnswerInTime()), sender(REPLY, NoAnswerInTime(), NoAnswerInTime())
    for run in (silent, answered):
        run.session.is_open = False  # type: ignore[misc]

    silent.send(request(OneStep), ignore_body)
    with pytest.raises(NoAnswerInTime):
        silent.send(request(OneStep), ignore_body)

    for _ in range(3):
        answered.send(request(OneStep), ignore_body)


def test_refused_sign_in_ends_the_run_at_once() -> None:
    with pytest.raises(SignInRefused):
        sender(SignInRefused()).send(request(OneStep), ignore_body)
