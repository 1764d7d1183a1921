"""Every text of a diagnosis is found by what gathers the texts to translate."""

import pytest

from intacct.causes import TABLE, Diagnosis
from local.messages import extracted
from wizard.causes import OWN

TEXTS = {message.id for message in extracted()}


@pytest.mark.parametrize("diagnosis", [*TABLE.values(), *OWN.values()], ids=lambda each: each.cause)
def test_a_diagnosis_can_be_translated_whole(diagnosis: Diagnosis) -> None:
    assert not {diagnosis.headline, *diagnosis.steps} - TEXTS
