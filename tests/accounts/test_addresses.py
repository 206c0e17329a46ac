"""Addresses and numbers as people type them."""

from __future__ import annotations

import pytest

from tallystick.accounts.addresses import clean_address, clean_mobile, is_disposable, is_generic, known_as
from tallystick.core.refused import Refused


def code(raw: str) -> str:
    with pytest.raises(Refused) as no:
        clean_address(raw)
    assert no.value.field == "address"
    assert no.value.status == 422
    return no.value.code


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("alice@firm.example", "alice@firm.example"),
        ("  Alice@FIRM.Example \n", "alice@firm.example"),
        ("<alice@firm.example>", "alice@firm.example"),
        ("mailto:alice@firm.example", "alice@firm.example"),
        ("a.lice+books@firm.example", "a.lice+books@firm.example"),
        ("alice@bücher.example", "alice@xn--bcher-kva.example"),
        ("alice@例え.example", "alice@xn--r8jz45g.example"),
    ],
)
def test_one_form_for_each_address(raw: str, value: str) -> None:
    assert clean_address(raw).value == value
    assert clean_address(clean_address(raw).shown).value == value


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "address_missing"),
        ("   ", "address_missing"),
        ("alice", "address_malformed"),
        ("alice@", "address_malformed"),
        ("@firm.example", "address_malformed"),
        ("alice@firm", "address_malformed"),
        ("al ice@firm.example", "address_malformed"),
        ("alice@firm..example", "address_malformed"),
        ("alice@-firm.example", "address_malformed"),
        ("alice@firm.example\nbcc: all@firm.example", "address_malformed"),
        ("alice@firm.example, bob@shop.example", "address_malformed"),
        ("élise@firm.example", "address_malformed"),
        ("alice@[127.0.0.1]", "address_malformed"),
        ("a" * 65 + "@firm.example", "address_malformed"),
        ("a" * 500 + "@firm.example", "address_too_long"),
        ("аlice@firm.example", "address_lookalike"),  # a Cyrillic а
        ("alice@fіrm.example", "address_lookalike"),  # a Cyrillic і
        ("alice@рауре.example", "address_lookalike"),  # all Cyrillic, reads paype
        ("alice@ΡΑΥ.example", "address_lookalike"),  # all Greek, reads PAY
    ],
)
def test_what_is_wrong_gets_its_own_sentence(raw: str, why: str) -> None:
    assert code(raw) == why


def test_another_script_that_pretends_nothing_is_fine() -> None:
    assert clean_address("info@пример.example").shown == "info@пример.example"


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("alice@gmial.com", "alice@gmail.com"),
        ("alice@gmail.co", "alice@gmail.com"),
        ("alice@gmail.con", "alice@gmail.com"),
        ("alice@gmaill.com", "alice@gmail.com"),
        ("alice@hotmal.com", "alice@hotmail.com"),
        ("alice@outlok.com", "alice@outlook.com"),
        ("alice@zigo.nl", "alice@ziggo.nl"),
        ("alice@gmail.com", ""),
        ("alice@ymail.com", ""),
        ("alice@firm.example", ""),
    ],
)
def test_a_slip_is_noticed(raw: str, meant: str) -> None:
    assert clean_address(raw).suggestion == meant


@pytest.mark.parametrize(
    "domain", ["gmail.com", "hey.com", "outlook.com", "ziggo.nl", "proton.me", "tuta.io", "GMAIL.com"]
)
def test_mail_for_anybody_says_nothing_about_a_firm(domain: str) -> None:
    assert is_generic(domain)


@pytest.mark.parametrize("domain", ["mailinator.com", "x.mailinator.com", "10minutemail.com"])
def test_mail_to_be_thrown_away_is_known(domain: str) -> None:
    assert is_disposable(domain)


def test_a_firms_own_domain_is_neither() -> None:
    assert not is_generic("brightbooks.example")
    assert not is_disposable("brightbooks.co.uk")


def test_a_masked_address_says_little() -> None:
    assert clean_address("alice@firm.example").masked == "a…e@firm.example"
    assert clean_address("al@firm.example").masked == "a…@firm.example"
    assert clean_mobile("+31612345678").masked == "+31 … 78"


@pytest.mark.parametrize("raw", ["+31 6 12345678", "+31612345678", "0031 6 1234 5678", "06-12345678", "＋31612345678"])
def test_one_form_for_each_number(raw: str) -> None:
    assert clean_mobile(raw, region="NL").value == "+31612345678"


@pytest.mark.parametrize(
    ("raw", "why"),
    [("", "mobile_malformed"), ("hello", "mobile_malformed"), ("06 12345678", "mobile_malformed"),
     ("+31 20 1234567", "mobile_unreachable"), ("+31 6 1", "mobile_unreachable")],
)  # fmt: skip
def test_numbers_that_cannot_be_texted(raw: str, why: str) -> None:
    with pytest.raises(Refused) as no:
        clean_mobile(raw)
    assert no.value.code == why


def test_a_stored_number_is_shown_as_it_is() -> None:
    assert known_as("mobile", "+31612345678").shown == "+31612345678"
    assert known_as("mobile", "+31612345678").domain == ""


def test_a_stored_name_that_no_longer_reads_is_shown_as_it_is() -> None:
    assert known_as("email", "a@xn--zzzzzz99999.example").shown.startswith("a@")
