"""Which way out the settings name, and what a wrong one is told."""

import pytest
from pytest_django import Settings

from tallystick.outbox.adapters import adapter_for
from tallystick.outbox.smtp import Smtp


def test_an_unknown_way_out_is_named_with_those_there_are(settings: Settings) -> None:
    settings.EMAIL_URL = "pigeon://loft"
    with pytest.raises(
        ValueError, match=r"TALLYSTICK_EMAIL_URL begins with 'pigeon'\. It can begin with mailbox:, smtp"
    ):
        adapter_for("mail")


def test_texts_can_only_go_to_the_mailbox(settings: Settings) -> None:
    settings.SMS_URL = "gateway://x"
    with pytest.raises(ValueError, match="TALLYSTICK_SMS_URL begins with 'gateway'"):
        adapter_for("text")


def test_a_relay_is_read_from_its_url(settings: Settings) -> None:
    settings.EMAIL_URL = "smtps://me%40x:s%2Fw@relay.example?from=post@books.example"
    relay = adapter_for("mail")
    assert isinstance(relay, Smtp)
    assert (relay.host, relay.port, relay.user, relay.password) == ("relay.example", 465, "me@x", "s/w")
    assert relay.from_address == "post@books.example"


@pytest.mark.parametrize(
    ("url", "port"), [("smtp://u:p@r.example", 587), ("smtp://r.example", 25), ("smtp://r:2525", 2525)]
)
def test_usual_ports(url: str, port: int) -> None:
    assert Smtp(url).port == port


def test_a_relay_needs_a_host() -> None:
    with pytest.raises(ValueError, match="names no host"):
        Smtp("smtp://")
