"""The extraction of texts for translation finds every text of a diagnosis."""

import pytest

from intacct.diagnosis import Diagnosis
from scripts.messages import marked_texts
from wizard.explanations import all_diagnoses


@pytest.fixture(scope="module")
def marked() -> set[object]:
    return {message.id for message in marked_texts()}


@pytest.mark.parametrize("diagnosis", list(all_diagnoses()), ids=lambda diagnosis: diagnosis.cause)
def test_every_text_of_a_diagnosis_is_found_for_translation(diagnosis: Diagnosis, marked: set[object]) -> None:
    assert not {diagnosis.headline, *diagnosis.steps} - marked
