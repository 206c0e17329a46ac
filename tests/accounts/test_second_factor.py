"""Authenticator apps and recovery codes: each code once, also at once."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from tallystick.accounts.models import AuthenticatorApp, RecoveryCode, User
from tallystick.accounts.models.second_factor import (
    factors_of,
    make_recovery_codes,
    new_secret,
    use_recovery_code,
)
from tallystick.audit.models import Fact
from tallystick.core.refused import Refused
from tests.accounts.test_codes_in_parallel import together
from tests.conftest import Clock
from tests.support.codes import app_code
from tests.support.people import People

SECRET = new_secret()


def add(person: User) -> AuthenticatorApp:
    return AuthenticatorApp.add(person, SECRET, app_code(SECRET, later=-1), by=person.actor)


@pytest.mark.django_db
def test_an_app_is_added_by_its_first_code(alice: User) -> None:
    add(alice)
    assert factors_of(alice) == ["app"]
    assert Fact.objects.filter(kind="totp.added").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "123", "abcdef", "0000000"])
def test_a_wrong_first_code_adds_nothing(alice: User, typed: str) -> None:
    with pytest.raises(Refused):
        AuthenticatorApp.add(alice, SECRET, typed, by=alice.actor)
    assert not alice.has_second_factor()


@pytest.mark.django_db
def test_a_secret_that_is_none_adds_nothing(alice: User) -> None:
    with pytest.raises(Refused):
        AuthenticatorApp.add(alice, "nö", "123456", by=alice.actor)


@pytest.mark.django_db
def test_there_is_one_app(alice: User) -> None:
    add(alice)
    with pytest.raises(Refused) as no:
        AuthenticatorApp.add(alice, SECRET, app_code(SECRET), by=alice.actor)
    assert no.value.code == "app_already"


@pytest.mark.django_db
def test_a_code_works_once_and_no_older_one_after_it(alice: User) -> None:
    app = add(alice)
    assert not app.use(app_code(SECRET, later=-1))
    assert app.use(app_code(SECRET, later=1))
    assert not app.use(app_code(SECRET, later=1))
    assert not app.use(app_code(SECRET))


@pytest.mark.django_db
def test_codes_of_a_minute_ago_are_too_old(alice: User, clock: Clock) -> None:
    app = add(alice)
    code = app_code(SECRET)
    clock.shift(minutes=2)
    assert not app.use(code)
    assert app.use(app_code(SECRET))


@pytest.mark.django_db
def test_the_secret_is_sealed_to_its_row(alice: User, bob: User) -> None:
    app, other = add(alice), add(bob)
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(a)::text from accounts_authenticatorapp a")
        assert all(SECRET not in row for (row,) in cursor.fetchall())
    AuthenticatorApp.objects.filter(pk=other.pk).update(secret=app.secret)
    other.refresh_from_db()
    with pytest.raises(Exception, match="does not open"):
        other.use(app_code(SECRET))


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_use_a_code_once(person: People) -> None:
    app, code = add(person("alice")), app_code(SECRET)
    assert together(lambda _number: str(AuthenticatorApp.objects.get(pk=app.pk).use(code)))["True"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_use_a_recovery_code_once(person: People) -> None:
    alice = person("alice")
    add(alice)
    code, *_others = make_recovery_codes(alice, by=alice.actor)
    assert together(lambda _number: str(use_recovery_code(alice, code)))["True"] == 1


@pytest.mark.django_db
def test_ten_recovery_codes_are_made_and_none_is_kept(alice: User) -> None:
    add(alice)
    codes = make_recovery_codes(alice, by=alice.actor)
    assert len(codes) == 10
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(r)::text from accounts_recoverycode r")
        rows = "".join(row for (row,) in cursor.fetchall())
    assert not any(code.replace(" ", "") in rows for code in codes)


@pytest.mark.django_db
def test_new_recovery_codes_replace_the_old(alice: User) -> None:
    add(alice)
    old, *_others = make_recovery_codes(alice, by=alice.actor)
    make_recovery_codes(alice, by=alice.actor)
    assert not use_recovery_code(alice, old)


@pytest.mark.django_db
def test_recovery_codes_stand_in_for_something(alice: User) -> None:
    with pytest.raises(Refused) as no:
        make_recovery_codes(alice, by=alice.actor)
    assert no.value.code == "no_second_factor"


@pytest.mark.django_db
def test_with_the_last_factor_go_recovery_codes_and_a_short_password(alice: User) -> None:
    app = add(alice)
    alice.choose_password("short-pass", by=alice.actor)
    make_recovery_codes(alice, by=alice.actor)
    app.remove(by=alice.actor)
    alice.refresh_from_db()
    assert not RecoveryCode.objects.exists()
    assert not alice.has_usable_password()


@pytest.mark.django_db
def test_while_another_factor_is_left_recovery_codes_and_a_short_password_stay(alice: User) -> None:
    app = add(alice)
    Authenticator.objects.create(user=alice, type="webauthn", data={})
    alice.choose_password("short-pass", by=alice.actor)
    make_recovery_codes(alice, by=alice.actor)
    app.remove(by=alice.actor)
    alice.refresh_from_db()
    assert RecoveryCode.objects.filter(person=alice).exists()
    assert alice.has_usable_password()


@pytest.mark.django_db
def test_a_long_password_stays_when_the_last_factor_goes(alice: User) -> None:
    app = add(alice)
    alice.choose_password("correct horse battery", by=alice.actor)
    app.remove(by=alice.actor)
    alice.refresh_from_db()
    assert alice.has_usable_password()


@pytest.mark.django_db
def test_eight_characters_are_enough_beside_a_second_factor(alice: User) -> None:
    with pytest.raises(Refused):
        alice.choose_password("kw8#pl2z", by=alice.actor)
    add(alice)
    alice.choose_password("kw8#pl2z", by=alice.actor)


@pytest.mark.django_db
def test_nobody_touches_the_factors_of_another(alice: User, charlie: User) -> None:
    app = add(alice)
    for verb in (
        lambda: app.remove(by=charlie.actor),
        lambda: make_recovery_codes(alice, by=charlie.actor),
        lambda: AuthenticatorApp.add(alice, SECRET, "1", by=charlie.actor),
        lambda: alice.choose_password("correct horse battery", by=charlie.actor),
        lambda: alice.drop_password(by=charlie.actor),
    ):
        with pytest.raises(Refused) as no:
            verb()
        assert no.value.code == "not_allowed"
