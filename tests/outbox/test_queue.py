"""Putting messages in the outbox."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.outbox import Delivery
from tallystick.outbox.health import oldest_unsent
from tests.support.jobs import waiting_jobs

pytestmark = pytest.mark.django_db
Queue = Callable[..., Delivery]


def test_a_message_is_queued_with_the_job_that_sends_it(queue: Queue) -> None:
    delivery = queue()
    assert delivery.state == "queued"
    assert waiting_jobs() == [("outbox.send", {"delivery_id": str(delivery.pk)})]


def test_asked_for_twice_the_first_stands(queue: Queue) -> None:
    first, second = queue("same"), queue("same", text="other words")
    assert first.pk == second.pk
    assert len(waiting_jobs()) == 1


def test_rolled_back_means_never_queued(queue: Queue) -> None:
    def change_and_fail() -> None:
        with transaction.atomic():
            queue()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert not Delivery.objects.exists()
    assert waiting_jobs() == []


def test_neither_address_nor_words_are_stored_in_clear(queue: Queue) -> None:
    queue(text="Your code is 123456")
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(d)::text, encode(sealed, 'escape') from outbox_delivery d")
        ((row, sealed),) = cursor.fetchall()
    for clear in ("bob@bakery", "123456", "Hart"):
        assert clear not in row
        assert clear not in sealed


def test_a_message_opens_only_in_its_own_row(queue: Queue) -> None:
    one, two = queue("one"), queue("two")
    one.sealed = two.sealed
    with pytest.raises(Exception, match="does not open"):
        _ = one.contents


def test_line_breaks_never_reach_a_header(queue: Queue) -> None:
    contents = queue(
        subject="Hi\r\nBcc: eve@x.example", sender="Hart\n& Co\u202e", headers={"List-Id": "a\r\nb"}
    ).contents
    assert contents is not None
    assert (contents.subject, contents.sender) == ("Hi Bcc: eve@x.example", "Hart & Co")
    assert contents.headers == {"List-Id": "a b"}


def test_the_message_id_is_made_once_from_our_host(queue: Queue) -> None:
    delivery = queue()
    assert delivery.message_id == f"<{delivery.pk}@localhost>"


def test_codes_overtake_what_waits(queue: Queue) -> None:
    queue("slow")
    code = queue("code", secret=True)
    assert waiting_jobs()[0][1] == {"delivery_id": str(code.pk)}


def test_deliveries_to_an_address_are_found_without_storing_it(queue: Queue) -> None:
    queue()
    assert Delivery.objects.to_address("mail", " Bob@Bakery.example ").count() == 1
    assert Delivery.objects.to_address("mail", "charlie@bakery.example").count() == 0


def test_the_age_of_the_oldest_message_on_its_way_is_known(queue: Queue) -> None:
    assert oldest_unsent() is None
    queue()
    Delivery.objects.update(created_at=now() - timedelta(hours=3))
    queue("newer")
    waited = oldest_unsent()
    assert waited is not None
    assert timedelta(hours=3) <= waited < timedelta(hours=4)
    Delivery.objects.update(state="sent")
    assert oldest_unsent() is None


def test_everybody_sees_their_own(queue: Queue) -> None:
    firm, person = uuid4(), uuid4()
    queue("firm", firm_id=firm)
    queue("person", person_id=person)

    def seen(actor: Actor) -> set[str]:
        return {delivery.once for delivery in Delivery.objects.visible_to(actor)}

    assert seen(Actor("firm", tenant_id=firm, person_id=person)) == {"firm"}
    assert seen(Actor("business", tenant_id=firm)) == set()
    assert seen(Actor("person", person_id=person)) == {"person"}
    assert seen(Actor("operator")) == {"firm", "person"}
    assert seen(Actor("house")) == set()


def test_a_link_that_lives_for_days_waits_its_turn_though_it_is_erased_when_sent(queue: Queue) -> None:
    first = queue("slow")
    queue("link", secret=True, expires_at=now() + timedelta(days=14))
    code = queue("code", secret=True, expires_at=now() + timedelta(minutes=10))
    assert [job["delivery_id"] for _, job in waiting_jobs()][:2] == [str(code.pk), str(first.pk)]


def test_what_has_become_pointless_is_taken_back_unless_a_worker_has_it_in_hand(queue: Queue) -> None:
    waiting, taken, other = queue("waiting"), queue("taken"), queue("other")
    assert Delivery.claim(taken.pk)
    Delivery.take_back(["waiting", "taken"], because="withdrawn")
    for row in (waiting, taken, other):
        row.refresh_from_db()
    assert (waiting.state, waiting.reason, waiting.contents) == ("suppressed", "withdrawn", None)
    assert (taken.state, other.state, other.expires_at) == ("queued", "queued", None)
    assert taken.expires_at is not None, "should this try not succeed, there is no other"
