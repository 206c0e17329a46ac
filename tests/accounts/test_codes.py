"""Codes: one attempt, one contact, one purpose, five tries, ten minutes, one use."""

from __future__ import annotations

import pytest
from django.db import connection

from tallystick.accounts.models import Attempt, Code
from tallystick.accounts.models.codes import normal_form
from tallystick.core.refused import Refused
from tallystick.outbox.models import Delivery
from tests.conftest import Clock
from tests.support.codes import asked, mailed

pytestmark = pytest.mark.django_db


def refusal(attempt: Attempt, typed: str, purpose: str = "sign_in") -> str:
    with pytest.raises(Refused) as no:
        attempt.prove(typed, purpose=purpose)
    assert no.value.field == "code"
    return no.value.code


def wrong(code: str) -> str:
    return code.translate(str.maketrans("0123456789", "1234567890"))


def used_up(source: str, address: str = "bob@shop.example") -> Refused:
    """The no that comes in the end to whoever asks for one code after another; with {} in it, each of another address."""
    for number in range(200):
        try:
            asked(address.format(number), source=source)
        except Refused as no:
            return no
    raise AssertionError("There is no end to it.")


def test_the_mailed_code_proves_the_contact() -> None:
    attempt = asked("Bob@Shop.example")
    assert attempt.prove(mailed(attempt), purpose="sign_in").value == "bob@shop.example"


def test_a_code_works_once() -> None:
    attempt = asked()
    code = mailed(attempt)
    attempt.prove(code, purpose="sign_in")
    assert refusal(attempt, code) == "code_used"


@pytest.mark.parametrize("shape", ["{0}{1}", " {0} {1}\n", "{0}-{1}", "{0}\u00a0{1}", "Code: {0} {1}."])
def test_spaces_dashes_and_words_around_a_code_are_ignored(shape: str) -> None:
    attempt = asked()
    attempt.prove(shape.format(*mailed(attempt).split()), purpose="sign_in")


def test_figures_of_other_scripts_are_figures() -> None:
    assert normal_form("１２３４ ٥٦٧٨") == "12345678"


def test_a_wrong_code_says_so_and_counts() -> None:
    attempt = asked()
    assert refusal(attempt, wrong(mailed(attempt))) == "code_wrong"
    assert attempt.tries_left == 4


def test_a_code_that_is_not_whole_does_not_count() -> None:
    attempt = asked()
    assert refusal(attempt, "123") == "code_incomplete"
    assert attempt.tries_left == 5


def test_after_five_wrong_codes_the_right_one_is_no_use() -> None:
    attempt = asked()
    code = mailed(attempt)
    for _try in range(5):
        refusal(attempt, wrong(code))
    assert refusal(attempt, code) == "code_tries_used_up"


def test_sending_again_gives_no_new_tries(clock: Clock) -> None:
    attempt = asked()
    for _try in range(5):
        refusal(attempt, wrong(mailed(attempt)))
    clock.shift(minutes=1)
    attempt.send_again(source="192.0.2.0/24")
    assert refusal(attempt, mailed(attempt)) == "code_tries_used_up"


def test_a_newer_code_replaces_the_older(clock: Clock) -> None:
    attempt = asked()
    older = mailed(attempt)
    clock.shift(minutes=1)
    attempt.send_again(source="192.0.2.0/24")
    assert refusal(attempt, older) == "code_too_old"
    attempt.prove(mailed(attempt), purpose="sign_in")


def test_two_codes_are_not_sent_within_half_a_minute() -> None:
    attempt = asked()
    with pytest.raises(Refused, match="half a minute"):
        attempt.send_again(source="192.0.2.0/24")


def test_an_attempt_gets_five_codes_at_most(clock: Clock) -> None:
    attempt = asked()
    for _time in range(4):
        clock.shift(minutes=5)
        attempt.send_again(source="192.0.2.0/24")
    clock.shift(minutes=5)
    with pytest.raises(Refused, match="five times"):
        attempt.send_again(source="192.0.2.0/24")


def test_a_code_of_ten_minutes_is_too_old(clock: Clock) -> None:
    attempt = asked()
    code = mailed(attempt)
    clock.shift(minutes=10)
    assert refusal(attempt, code) == "code_too_old"


def test_a_code_of_nine_minutes_works(clock: Clock) -> None:
    attempt = asked()
    clock.shift(minutes=9)
    attempt.prove(mailed(attempt), purpose="sign_in")


def test_an_attempt_of_an_hour_is_over(clock: Clock) -> None:
    attempt = asked()
    code = mailed(attempt)
    clock.shift(hours=1)
    assert refusal(attempt, code) == "code_too_old"


def test_a_code_is_bound_to_its_purpose() -> None:
    attempt = asked(purpose="prove_contact")
    assert refusal(attempt, mailed(attempt), purpose="sign_in") == "code_of_another_purpose"


def test_a_code_of_another_purpose_typed_here_is_named() -> None:
    attempt, other = asked(), asked(purpose="step_up")
    assert refusal(attempt, mailed(other)) == "code_of_another_purpose"


def test_a_code_of_another_browser_is_no_use_here() -> None:
    attempt, other = asked(), asked()
    assert refusal(attempt, mailed(other)) == "code_of_another_browser"


def test_the_row_of_a_code_says_nothing() -> None:
    attempt = asked()
    code = normal_form(mailed(attempt))
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(c)::text from accounts_code c")
        (written,) = cursor.fetchone()
        cursor.execute("select row_to_json(a)::text from accounts_attempt a")
        (also,) = cursor.fetchone()
        cursor.execute("select row_to_json(j)::text from procrastinate_jobs j where task_name = 'outbox.send'")
        (job,) = cursor.fetchone()
    for text in (written, also, job):
        assert code not in text
        assert "shop.example" not in text


def test_the_message_is_secret_and_pointless_after_ten_minutes() -> None:
    asked()
    delivery = Delivery.objects.get()
    assert delivery.secret
    assert delivery.expires_at == Code.objects.get().until


def test_the_message_holds_the_code_in_no_subject() -> None:
    contents = Delivery.objects.get(once=f"code:{asked().codes.get().pk}").contents
    assert contents is not None
    assert not any(char.isdigit() for char in contents.subject)
    assert "10" in contents.html


def test_one_source_cannot_keep_codes_from_somebody_elsewhere() -> None:
    no = used_up(source="198.51.100.0/24")
    assert no.code == "too_many_codes"
    assert no.status == 429
    asked(source="192.0.2.0/24")


def test_many_sources_cannot_keep_codes_from_a_browser_that_was_here_before() -> None:
    for number in range(10):
        used_up(source=f"198.51.{number}.0/24")
    with pytest.raises(Refused):
        asked(source="192.0.2.0/24")
    asked(source="192.0.2.0/24", browser="one that was here")


def test_the_refusal_of_a_code_names_a_time_and_another_way(clock: Clock) -> None:
    no = used_up(source="192.0.2.0/24")
    assert "UTC" in no.message
    assert no.next_step
    clock.shift(minutes=4)
    asked()


def test_one_source_gets_no_codes_for_ever_more_addresses() -> None:
    no = used_up("198.51.100.0/24", "somebody-{}@shop.example")
    assert (no.code, no.status) == ("too_many_codes", 429)
    asked("somebody-else@shop.example", source="192.0.2.0/24")


def test_a_code_used_on_another_page_is_used_here_too() -> None:
    first, second = asked(), asked()
    code = mailed(first)
    first.prove(code, purpose="sign_in")
    assert refusal(second, code) == "code_used"
