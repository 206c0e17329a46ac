"""Pages and mails read easily in every language, and the measure measures."""

import pytest

from tools.reading import (
    AVERAGE_SENTENCE,
    HARDEST_GRADE,
    LOWEST_EASE,
    Reading,
    faults,
    groups,
    never_said,
    read,
    sentences_of,
    words_of,
)
from tools.syllables import syllables

BUREAUCRATIC = {
    "en": (
        "Authorisation of the aforementioned accounting organisation necessitates the verification of your identity, "
        "subsequent to which the respective administrators are notified automatically of any modification."
    ),
    "nl": (
        "Ten behoeve van de autorisatie van voornoemde accountantsorganisatie dient identificatie plaats te vinden, "
        "waarna desbetreffende administratoren automatisch geïnformeerd worden aangaande eventuele modificaties."
    ),
}
PLAIN = {
    "en": "Alice asks to see your sales. You can stop it at any time.",
    "nl": "Alice wil je verkopen zien. Je kunt het altijd stoppen.",
}


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_and_mail_reads_easily(language: str) -> None:
    assert list(faults(language)) == []


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "part", ["web/templates/account/", "web/templates/business/", "web/templates/welcome/", "mails/"]
)
def test_what_clients_read_is_measured(language: str, part: str) -> None:
    assert any(name.startswith(part) for name in groups(language))


def measured(text: list[str], language: str) -> Reading:
    reading = read(text, language)
    assert reading is not None
    return reading


@pytest.mark.parametrize("language", ["en", "nl"])
def test_plain_words_pass_and_the_words_of_an_office_do_not(language: str) -> None:
    assert list(measured([PLAIN[language]], language).faults()) == []
    assert list(measured([BUREAUCRATIC[language]], language).faults())


def test_the_formulas_are_those_of_flesch_kincaid_and_of_douma() -> None:
    grade = Reading("en", words=100, sentences=10, syllables=150, longest="")
    ease = Reading("nl", words=100, sentences=10, syllables=150, longest="")
    assert (round(grade.score, 2), round(ease.score, 2)) == (6.01, 82.04)
    assert not grade.is_easy
    assert ease.is_easy
    assert (HARDEST_GRADE, LOWEST_EASE, AVERAGE_SENTENCE) == (6.0, 70.0, 20.0)


def test_a_sentence_that_goes_on_and_on_is_named() -> None:
    long = "go " * 30 + "on."
    assert f"has a sentence of 31 words: {long}" in list(measured([long], "en").faults())


def test_a_label_is_no_sentence_and_a_placeholder_is_a_name() -> None:
    assert sentences_of("Pause access") == []
    assert sentences_of("Is it you? Then go on.") == ["Is it you?", "Then go on."]
    assert words_of("%(firm)s works for <b>%(business)s</b>, see bob@example.com.") == [
        "Tally",
        "works",
        "for",
        "Tally",
        "see",
    ]


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        ("take", "en", 1), ("table", "en", 2), ("closed", "en", 1), ("added", "en", 2), ("changes", "en", 2),
        ("safely", "en", 2), ("people", "en", 2), ("business", "en", 2), ("invitation", "en", 4), ("didn’t", "en", 2),
        ("can't", "en", 1), ("firm's", "en", 1), ("trying", "en", 2), ("earlier", "en", 3), ("authenticator", "en", 5),
        ("ja", "nl", 1), ("nieuwe", "nl", 2), ("boekhouding", "nl", 3), ("beheerder", "nl", 3), ("België", "nl", 3),
        ("één", "nl", 1), ("koppeling", "nl", 3), ("e-mailadres", "nl", 4), ("toestemming", "nl", 3), ("sms’en", "nl", 4),
        ("boekhoudkantoor", "nl", 4), ("ideeën", "nl", 3), ("reünie", "nl", 3),
    ],
)  # fmt: skip
def test_syllables_are_counted(word: str, language: str, count: int) -> None:
    assert syllables(word, language) == count


def test_words_that_only_builders_know_are_never_said() -> None:
    assert never_said("This token is invalid.", "en") == ["token", "invalid"]
    assert never_said("Vul uw gegevens in: ongeldig.", "nl") == ["uw", "ongeldig"]
    assert never_said("Tokenise it, with broad-scoped wording.", "en") == []
