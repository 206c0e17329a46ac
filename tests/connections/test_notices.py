"""What apps tell: proved, stored once, and never believed without looking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tallystick.connections import notices
from tallystick.connections.models import Connection, Credential, Notice
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.outside import SLUGS, Outside, messages_of

pytestmark = pytest.mark.django_db


def tell(app: str, message: dict[str, object], **changed: str) -> int:
    """The message arrives at our address."""
    headers = {str(key): str(value) for key, value in dict(message["headers"]).items()} | changed  # type: ignore[call-overload]
    client = Client()
    answer = client.post(
        f"/hooks/{SLUGS[app]}/", data=message["body"], content_type="application/json", headers=headers
    )
    return answer.status_code


@pytest.mark.parametrize("app", ["shop", "till", "bank", "ledger", "payments"])
def test_a_revocation_that_is_told_makes_us_look_and_what_is_so_is_believed(
    outside: Outside, cast: Cast, app: str
) -> None:
    connection = outside.connected(cast.shop, app)
    other = outside.connected(cast.cafe, app, "charlie")
    message = messages_of(outside, app, "revoked", outside.consent_of(connection))
    outside.act(app, "revoke", consent=outside.consent_of(connection))
    assert tell(app, message) == 204
    run_jobs()
    connection.refresh_from_db()
    other.refresh_from_db()
    assert (connection.state, other.state) == ("needs_client", "working")
    assert not Notice.objects.filter(worked_on_at=None).exists()
    assert sum(Notice.objects.values_list("concerned", flat=True)) == 1


def test_what_is_told_and_is_not_so_changes_nothing(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    assert tell("bank", messages_of(outside, "bank", "revoked", outside.consent_of(connection))) == 204
    run_jobs()
    connection.refresh_from_db()
    assert connection.state == "working"


def test_a_message_told_again_is_one(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    message = messages_of(outside, "bank", "revoked", outside.consent_of(connection))
    for _ in range(3):
        assert tell("bank", message) == 204
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("signature", ["wrong", "absent", "old"])
def test_a_message_that_is_not_proved_is_not_taken(outside: Outside, cast: Cast, signature: str) -> None:
    connection = outside.connected(cast.shop, "bank")
    message = messages_of(outside, "bank", "revoked", outside.consent_of(connection), signature=signature)
    assert tell("bank", message) == 401
    assert not Notice.objects.exists()


def test_a_coming_end_is_written_down(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    outside.act("bank", "expire-consent", consent="all", days=5)
    assert tell("bank", messages_of(outside, "bank", "expiring", outside.consent_of(connection))) == 204
    run_jobs()
    connection.credential.refresh_from_db()
    ends = connection.credential.consent_ends_at
    assert ends is not None
    assert timedelta(days=4, hours=23) < ends - now() < timedelta(days=5, hours=1)


def test_a_message_about_nobody_or_no_app_concerns_nobody(outside: Outside, cast: Cast) -> None:
    outside.connected(cast.shop, "bank")
    assert notices.connections_of("sandbox-bank", {}) == []
    assert notices.connections_of("sandbox-bank", {"consent_id": "consent_of_somebody_else"}) == []
    assert Client().post("/hooks/no-such-app/", data=b"{}", content_type="application/json").status_code == 401


def test_a_body_that_is_too_large_is_not_read(outside: Outside) -> None:
    answer = Client().post("/hooks/sandbox-bank/", data=b"x" * 2_000_000, content_type="application/json")
    assert answer.status_code == 401
    assert Client().get("/hooks/sandbox-bank/").status_code == 405


def test_old_messages_are_forgotten(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    tell("bank", messages_of(outside, "bank", "revoked", outside.consent_of(connection)))
    run_jobs()
    assert notices.forget_old() == 0
    Notice.objects.update(created_at=now() - timedelta(days=91))
    assert notices.forget_old() == 1
    assert Connection.objects.get().state == "working"


def told(connection: Connection, kind: str, days: float) -> Notice:
    """A message about this connection's account that has been proved and stored."""
    ends = now() + timedelta(days=days)
    about = {"account": connection.account_id}
    return Notice.objects.create(connector=connection.connector, notice_id="1", kind=kind, about=about, ends_at=ends)


def test_a_message_is_worked_on_once(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    notice = told(connection, "expiring", days=5)
    notices.work_on(notice.pk)
    run_jobs()
    Notice.objects.update(ends_at=now() + timedelta(days=9))
    notices.work_on(notice.pk)
    assert waiting_jobs() == []
    ends = Credential.objects.get().consent_ends_at
    assert ends is not None
    assert ends < now() + timedelta(days=6)


def test_an_end_that_is_over_is_looked_at_and_not_written_down(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    before = Credential.objects.get().consent_ends_at
    notices.work_on(told(connection, "expiring", days=-1).pk)
    assert Credential.objects.get().consent_ends_at == before
    assert "connections.look" in [name for name, _ in waiting_jobs()]
