"""What an app says about lives, moments, money and waiting is taken as far as it makes sense."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from tallystick.connectors import catalogue, failures, paths, talking
from tallystick.connectors.granted import life
from tallystick.connectors.values import Callback, Tokens
from tests.connectors.conftest import App, told

NOW = datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (1800, timedelta(seconds=1800)),
        ("1800", timedelta(seconds=1800)),
        (" 1800 ", timedelta(seconds=1800)),
        ("1800.5", timedelta(seconds=1800)),
        (Decimal("1800.9"), timedelta(seconds=1800)),
        (1, timedelta(seconds=1)),
        (315_360_000, timedelta(days=3650)),
        (int(NOW.timestamp()) + 600, timedelta(minutes=10)),
        ((int(NOW.timestamp()) + 600) * 1000, timedelta(minutes=10)),
        (str(int(NOW.timestamp()) + 600), timedelta(minutes=10)),
        (int(NOW.timestamp()) - 600, HOUR),
        (None, HOUR),
        ("one hour", HOUR),
        ("١٨٠٠", HOUR),
        (True, HOUR),
        (0, HOUR),
        (Decimal("0.5"), HOUR),
        (-1, HOUR),
        (10**12, HOUR),
        (Decimal("NaN"), HOUR),
        (Decimal("Infinity"), HOUR),
        ([1800], HOUR),
    ],
)
def test_a_life_is_what_makes_sense(said: object, meant: timedelta) -> None:
    assert life(said, NOW, HOUR) == meant


def test_a_life_that_nobody_knows_is_no_life() -> None:
    assert life("one hour", NOW, None) is None


@pytest.mark.parametrize(
    ("ends", "meant"),
    [
        ("2026-12-20T10:00:00Z", timedelta(days=30)),
        ("2026-11-20T11:00:00+01:00", timedelta(days=30)),
        ("2026-11-01T10:00:00Z", timedelta(days=30)),
        ("9999-12-31T23:59:59-23:59", timedelta(days=30)),
        ("tomorrow", timedelta(days=30)),
        (1_795_169_400, timedelta(minutes=10)),
        ("2026-11-20T10:10:00Z", timedelta(minutes=10)),
    ],
)
def test_a_moment_becomes_a_life_by_the_apps_own_clock(app: App, ends: object, meant: timedelta) -> None:
    """Square says when a token ends, not how long it lives; this machine's clock may be wrong."""
    reply = told({"access_token": "a", "expires_at": ends}, Date="Fri, 20 Nov 2026 10:00:00 GMT")
    given = app.talk(talking.refresh(catalogue.get("square"), {}, "refresh-0"), reply)
    assert given.expires_in == meant


def test_a_consent_ends_when_the_app_says_so(app: App) -> None:
    bank = catalogue.get("sandbox-bank")
    given = app.talk(
        talking.refresh(bank, {}, "refresh-0"), told({"access_token": "a", "consent_expires_at": int(NOW.timestamp())})
    )
    assert given.consent_ends == NOW


def test_a_consent_without_a_term_of_its_own_has_the_definitions_from_the_yes_on(app: App) -> None:
    quickbooks = catalogue.get("quickbooks-online")
    reply = {"access_token": "a"}
    callback = Callback("code-1", {"realmId": "1"})
    date = "Fri, 20 Nov 2026 16:05:00 GMT"
    first = app.talk(
        talking.redeem(quickbooks, {}, callback, verifier="v", redirect_uri="https://x.example/"),
        told(reply, Date=date),
    )
    assert first.consent_ends == NOW + timedelta(days=1825)
    later = app.talk(talking.refresh(quickbooks, {}, "refresh-0"), told(reply, Date=date))
    assert later.consent_ends is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("999999999999", 86_400.0),
        ("Fri, 20 Nov 2026 16:06:00 GMT", 60.0),
        ("Fri, 20 Nov 2026 16:04:00 GMT", 0.0),
        ("Fri, 20 Nov 2036 16:04:00 GMT", 86_400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_a_number_or_a_date(app: App, said: str, seconds: float | None) -> None:
    reply = httpx2.Response(503, headers={"Retry-After": said, "Date": "Fri, 20 Nov 2026 16:05:00 GMT"})
    with pytest.raises(failures.AppBusy) as busy:
        app.talk(talking.refresh(catalogue.get("xero"), {}, "refresh-0"), reply)
    assert busy.value.retry_after == seconds


@pytest.mark.parametrize(
    ("reply", "happened"),
    [
        (httpx2.ConnectError(""), False),
        (httpx2.ConnectTimeout(""), False),
        (httpx2.ReadTimeout(""), True),
        (httpx2.RemoteProtocolError(""), True),
        (httpx2.Response(503), False),
        (httpx2.Response(429), False),
        (httpx2.Response(500), True),
        (httpx2.Response(504), True),
        (httpx2.Response(200, html="<p>"), True),
        (httpx2.Response(302), False),
        (httpx2.Response(400, json={"error": "invalid_grant"}), False),
    ],
)
def test_whether_a_refresh_may_have_happened_is_known(
    app: App, reply: httpx2.Response | Exception, happened: bool
) -> None:
    with pytest.raises(failures.TalkFailed) as failure:
        app.talk(talking.refresh(catalogue.get("xero"), {}, "refresh-0"), reply)
    assert failure.value.may_have_happened is happened


def test_giving_up_waiting_is_told_from_a_broken_line(app: App) -> None:
    for reply, slow in ((httpx2.ReadTimeout(""), True), (httpx2.ReadError(""), False)):
        with pytest.raises(failures.AnswerLost) as lost:
            app.talk(talking.refresh(catalogue.get("xero"), {}, "refresh-0"), reply)
        assert lost.value.was_slow is slow


@pytest.mark.parametrize("error", [{"error": {"code": "invalid_grant"}}, {"errors": [{"code": "invalid_grant"}]}])
def test_an_error_is_found_where_apps_put_it(app: App, error: Any) -> None:
    with pytest.raises(failures.GrantEnded):
        app.talk(talking.refresh(catalogue.get("xero"), {}, "refresh-0"), told(error, 400))


def test_an_apps_own_error_codes_have_their_meaning(app: App) -> None:
    refused = told({"errors": [{"category": "AUTHENTICATION_ERROR", "code": "UNAUTHORIZED"}]}, 401)
    with pytest.raises(failures.GrantEnded):
        app.talk(talking.refresh(catalogue.get("square"), {}, "refresh-0"), refused)
    unknown = told({"message": "Not Authorized", "type": "service.not_authorized"}, 401)
    with pytest.raises(failures.OurFault):
        app.talk(talking.refresh(catalogue.get("square"), {}, "refresh-0"), unknown)


@pytest.mark.parametrize(
    ("code", "failure"),
    [("ACCESS_DENIED", failures.PermissionMissing), ("THROTTLED", failures.AppBusy), ("OTHER", failures.AppBroken)],
)
def test_an_error_inside_a_good_answer_is_an_error(app: App, code: str, failure: type[failures.TalkFailed]) -> None:
    answer = told({"data": None, "errors": [{"message": "no", "extensions": {"code": code}}]})
    with pytest.raises(failure):
        app.talk(talking.accounts(catalogue.get("shopify"), {"shop": "apple"}, Tokens("a")), answer)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20T16:05:00Z", NOW),
        ("2026-11-20T17:05:00+01:00", NOW),
        ("2026-11-20T16:05:00", NOW),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        (1795190700, NOW),
        (1795190700000, NOW),
        ("1795190700", NOW),
        (Decimal("1795190700.0"), NOW),
        ("/Date(1795190700000)/", NOW),
        ("/Date(1795190700000+0000)/", NOW),
        ("/Date()/", None),
        ("yesterday", None),
        (0, None),
        (-1, None),
        (10**400, None),
        (Decimal("NaN"), None),
        (True, None),
        ({}, None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_moments_are_read_in_the_forms_that_apps_use(said: object, meant: datetime | None) -> None:
    assert paths.moment({"at": said}, "at") == meant


@pytest.mark.parametrize(
    ("said", "smallest_of", "meant"),
    [
        ("12.50", "", "12.50"),
        (1250, "GBP", "12.50"),
        (1250, "JPY", "1250"),
        (1250, "KWD", "1.250"),
        ("-3.10", "", "-3.10"),
        (Decimal("0.1"), "", "0.1"),
        ("1e400", "", None),
        ("NaN", "", None),
        ("twelve", "", None),
        (True, "", None),
        (None, "", None),
    ],
)
def test_money_is_exact(said: object, smallest_of: str, meant: str | None) -> None:
    found = paths.amount({"sum": said}, "sum", smallest_of=smallest_of)
    assert found == (Decimal(meant) if meant is not None else None)


def test_paths_find_what_is_there_and_nothing_else() -> None:
    answer = {"a": {"b": [{"c": "found"}]}, "x.y": "dotted"}
    assert paths.find(answer, "a.b.0.c") == "found"
    assert paths.find(answer, "x.y") == "dotted"
    assert paths.find(answer, ".") is answer
    assert [paths.find(answer, path) for path in ("", "a.b.1.c", "a.b.c", "a.b.-1", "q", "a.b.0.c.d")] == [None] * 6


def test_names_are_made_safe_to_show() -> None:
    assert paths.name({"n": "Bob\u202e's <b>\nBakery"}, "n") == "Bob's b Bakery"
    assert len(paths.name({"n": "x" * 10_000}, "n")) == 200


def test_an_id_with_unseen_characters_is_no_id() -> None:
    assert paths.text({"id": "a\u202eb"}, "id") == ""
    assert paths.text({"id": "x" * 256}, "id") == ""
    assert paths.text({"id": 7}, "id") == "7"


def test_a_shorter_life_shrinks_the_lead() -> None:
    """Five-minute tokens of an app whose definition says an hour, with a lead of five minutes."""
    assert catalogue.get("xero").tokens.lead_within(timedelta(minutes=5)) == timedelta(seconds=50)


def test_a_number_may_be_a_name() -> None:
    assert paths.name({"n": 42}, "n") == "42"
    assert paths.name({"n": True}, "n") == ""


def test_an_app_that_refuses_us_without_a_word_does_not_know_us(app: App) -> None:
    with pytest.raises(failures.OurFault):
        app.talk(talking.refresh(catalogue.get("xero"), {}, "refresh-0"), told({}, 401))
