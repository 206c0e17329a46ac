"""The demo's mailbox shows what its readers would see, and exists in the demo only."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tallystick.outbox.contents import Contents
from tallystick.outbox.models import Letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_the_demo(settings: Settings) -> None:
    settings.DEMO = True


def letter(to: str = "bob@bob.example", channel: str = "mail", **parts: str) -> Letter:
    usual = {
        "subject": "Your code",
        "text": "Your code is 1234 5678\nhttp://localhost:8000/",
        "html": "<html><head><style>p{color:red}</style></head><p>Your code is <b>1234 5678</b></p></html>",
    }
    contents = Contents(to=to, **(usual | parts))  # type: ignore[arg-type]
    Letter.drop(f"<{to}{channel}{contents.subject}>", channel, contents)
    return Letter.objects.latest("created_at")


def read(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_outside_the_demo_it_does_not_exist(client: Client, settings: Settings) -> None:
    one = letter()
    settings.DEMO = False
    settings.BASE_URL = "https://books.example"
    settings.EMAIL_URL = "mailbox:"
    for place in ("", f"{one.pk}/", f"{one.pk}/text/", f"{one.pk}/html/"):
        assert client.get(f"/demo/mailbox/{place}").status_code == 404


@pytest.mark.parametrize(("mail", "base", "status"), [
    ("mailbox:", "http://localhost:8000", 200),
    ("smtp://relay.example", "http://localhost:8000", 404),
    ("mailbox:", "http://books.lan", 404),
])  # fmt: skip
def test_on_ones_own_machine_it_exists_while_mail_is_kept_there(
    client: Client, settings: Settings, mail: str, base: str, status: int
) -> None:
    settings.DEMO, settings.EMAIL_URL, settings.BASE_URL = False, mail, base
    assert client.get("/demo/mailbox/").status_code == status


def test_an_empty_mailbox_says_what_to_do(client: Client) -> None:
    assert "Ask for a code to sign in with" in read(client, "/demo/mailbox/")


def test_the_newest_comes_first(client: Client) -> None:
    letter(subject="First")
    letter(subject="Second")
    page = read(client, "/demo/mailbox/")
    assert page.index("Second") < page.index("First")


def test_a_search_finds_by_recipient_and_keeps_what_was_typed(client: Client) -> None:
    letter("bob@bob.example")
    letter("charlie@charlie.example")
    page = read(client, "/demo/mailbox/?q=CHARL")
    assert "charlie@charlie.example" in page
    assert "bob@bob.example" not in page
    assert 'value="CHARL"' in page
    assert "No message to such an address" in read(client, "/demo/mailbox/?q=dora")


def test_a_mail_is_shown_in_a_frame_with_a_policy_of_its_own(client: Client) -> None:
    one = letter(sender="Hart & Co", reply_to="alice@hart.example")
    answer = client.get(f"/demo/mailbox/{one.pk}/")
    page = answer.content.decode()
    assert f'src="/demo/mailbox/{one.pk}/html/"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "Hart &amp; Co via Tallystick" in page
    assert "alice@hart.example" in page
    assert answer.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    frame = client.get(f"/demo/mailbox/{one.pk}/html/")
    assert "1234 5678" in frame.content.decode()
    assert '<base target="_blank">' in frame.content.decode()
    policy = frame.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_its_plain_text_twin(client: Client) -> None:
    page = read(client, f"/demo/mailbox/{letter().pk}/text/")
    assert "Your code is 1234 5678<br>" in page
    assert '<a href="http://localhost:8000/"' in page
    assert "<iframe" not in page


def test_markup_in_a_text_is_text(client: Client) -> None:
    page = read(client, f"/demo/mailbox/{letter(text='<script>alert(1)</script>').pk}/text/")
    assert "<script>alert" not in page


def test_a_text_message_has_neither_subject_nor_tabs(client: Client) -> None:
    one = letter("+31612345678", "text", subject="", html="", text="Your code is 1234 5678")
    page = read(client, f"/demo/mailbox/{one.pk}/")
    assert "Text message" in page
    assert "As plain text" not in page
    assert "Your code is 1234 5678" in read(client, "/demo/mailbox/")


def test_letters_sealed_under_keys_since_lost_are_left_out(client: Client, settings: Settings) -> None:
    one = letter()
    settings.SECRET_KEYS = ["another key, of thirty-two characters"]
    assert "No message yet" in read(client, "/demo/mailbox/")
    assert client.get(f"/demo/mailbox/{one.pk}/").status_code == 404


def test_nothing_can_be_sent_to_it(client: Client) -> None:
    assert client.post("/demo/mailbox/").status_code == 405


def test_a_letter_nobody_wrote(client: Client) -> None:
    assert client.get("/demo/mailbox/6c1f4f4e-0000-4000-8000-000000000000/").status_code == 404
