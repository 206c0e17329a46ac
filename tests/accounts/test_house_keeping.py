"""What has had its time goes; where requests come from; what allauth may not do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from tallystick.accounts.adapters import AccountAdapter, MFAAdapter, NotOurs
from tallystick.accounts.handlers import forget
from tallystick.accounts.models import Allowance, Attempt, Code, User
from tallystick.accounts.models.limits import Limit
from tallystick.accounts.sources import ip_of, network_of, source_of
from tests.conftest import Clock
from tests.support.codes import asked


@pytest.mark.django_db
def test_attempts_and_used_limits_are_forgotten(clock: Clock) -> None:
    asked()
    forget()
    assert Attempt.objects.count() == 1
    clock.shift(days=2)
    forget()
    assert not Attempt.objects.exists()
    assert not Code.objects.exists()
    assert not Allowance.objects.exists()


@pytest.mark.django_db
def test_a_limit_gives_one_back_every_so_often(clock: Clock) -> None:
    limit = Limit("test", times=2, every=timedelta(minutes=10))
    assert [limit.take("me"), limit.take("me"), limit.take("me"), limit.take("you")] == [True, True, False, True]
    assert limit.is_used_up("me")
    clock.shift(minutes=10)
    assert [limit.take("me"), limit.take("me")] == [True, False]
    assert not limit.is_used_up("you")
    limit.forget("me")
    assert [limit.take("me"), limit.take("me")] == [True, True]


@pytest.mark.django_db
def test_a_limit_says_when_there_is_more() -> None:
    limit = Limit("test", times=1, every=timedelta(minutes=10))
    before = limit.next_at("me")
    limit.take("me")
    assert timedelta(minutes=9) < limit.next_at("me") - before < timedelta(minutes=11)


@pytest.mark.parametrize(
    ("ip", "source", "network"),
    [
        ("192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("", "unknown", ""),
        ("not an address", "unknown", ""),
    ],
)
def test_where_a_request_comes_from(ip: str, source: str, network: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=ip)
    assert (source_of(request), network_of(request)) == (source, network)


def test_only_a_site_behind_a_proxy_believes_what_the_proxy_says(settings: pytest.FixtureRequest) -> None:
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.77", REMOTE_ADDR="127.0.0.1")
    assert ip_of(request) == "127.0.0.1"
    settings.SECURE_SITE = True  # type: ignore[attr-defined]
    assert ip_of(request) == "192.0.2.77"


def test_allauth_opens_no_accounts_sends_no_mail_and_lets_nobody_in(rf: RequestFactory) -> None:
    adapter = AccountAdapter()
    assert not adapter.is_open_for_signup(rf.get("/"))
    adapter.add_message(rf.get("/"), 20, "account/messages/logged_in.txt")
    adapter.send_notification_mail("mfa/email/totp_activated", User())
    with pytest.raises(NotOurs):
        adapter.send_mail("account/email/anything", "alice@firm.example", {})
    with pytest.raises(NotOurs):
        adapter.login(rf.get("/"), User())


@pytest.mark.django_db
def test_what_allauth_would_keep_in_clear_is_sealed(alice: User) -> None:
    adapter = MFAAdapter()
    assert "secret" not in adapter.encrypt("secret")
    assert adapter.decrypt(adapter.encrypt("secret")) == "secret"
    assert adapter._get_user_identifier(alice) == "alice@firm.example"
    assert adapter._get_user_identifier(User(name="Nobody")) == "Nobody"


@pytest.mark.django_db
def test_half_of_what_is_needed_finds_nobody(alice: User) -> None:
    assert authenticate(None, password="anything") is None
    assert authenticate(None, username="alice", password="anything") is None
