"""The owner's pages: from the link to "connected" without an account, and what a link alone may not do."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tallystick.accounts.sources import source_of
from tallystick.connections.models import Connection, Handshake
from tallystick.connectors import catalogue
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Ask, Invitation
from tallystick.web.client.going import ATTEMPTS
from tests.conftest import Clock
from tests.support.asked import GUEST
from tests.support.cast import Cast
from tests.support.codes import last_code
from tests.support.guest import Guest
from tests.support.outside import SLUGS, Outside
from tests.web.client.conftest import OLAF

SHOP = {"shop": "bobs-bakery"}


def state_of(asked: Invitation, app: str) -> str:
    return asked.asks.get(connector=f"sandbox-{app}").state


# The link.


def test_the_first_hop_takes_the_token_out_of_the_address(olaf: Guest, asked: Invitation, page: str) -> None:
    hop = olaf.client.get(f"/i/{asked.token}/")
    assert (hop.status_code, hop["Location"]) == (302, page)
    assert hop["Cache-Control"] == "no-store"
    shown = olaf.client.get(page)
    assert asked.token not in shown.content.decode()
    assert (shown["Cache-Control"], shown["Referrer-Policy"]) == ("no-store", "same-origin")
    assert "default-src 'none'" in shown["Content-Security-Policy"]


def test_the_cookie_holds_nothing_that_can_be_read_or_changed(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    (name,) = (each for each in olaf.client.cookies if each.startswith("__Host-ask-"))
    cookie = olaf.client.cookies[name]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert asked.token not in cookie.value
    olaf.client.cookies[name] = cookie.value[:-2] + "AA"
    assert olaf.client.get(page).status_code == 404


@pytest.mark.parametrize(
    "path", ["/i/nonsense/", "/i/" + "A" * 54 + "/", "/i/%F0%9F%98%80/", "/i/a%2Fb/", "/c/nonsense/"]
)
def test_any_other_string_gets_the_one_neutral_page(client: Client, asked: Invitation, path: str) -> None:
    neutral, other = client.get(f"/i/{asked.pk}/"), client.get(path)
    assert (neutral.status_code, other.status_code) == (404, 404)
    if "nonsense" in path or "AAAA" in path:
        assert neutral.content == other.content


def test_a_browser_that_did_not_come_by_the_link_sees_nothing(olaf: Guest, asked: Invitation, page: str) -> None:
    for place in ("", "apps/sandbox-shop/", "declining/", "proof/", "proof/code/", "apps/sandbox-shop/passing-on/"):
        assert olaf.client.get(page + place).status_code == 404
        assert olaf.client.post(page + place).status_code == (404 if place else 405)


def test_a_link_of_another_kind_opens_nothing(olaf: Guest, asked: Invitation) -> None:
    assert olaf.client.get(f"/c/{asked.token}/").status_code == 404


def test_the_page_says_who_asks_for_what(olaf: Guest, asked: Invitation) -> None:
    said = olaf.open(f"/i/{asked.token}/").content.decode()
    for word in ("Alice &amp; Co", "Shop", "Larkstall", "Tinkertill", "Otterbank", asked.two_words, "0 of 3 done"):
        assert word in said
    assert "We need your sales.<br>Thanks" in said
    assert "olaf@owner" not in said


def test_looking_changes_no_row(olaf: Guest, asked: Invitation, page: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_xact_user_tables")
        before = cursor.fetchone()
        olaf.open(f"/i/{asked.token}/")
        for place in ("", "apps/sandbox-shop/", "declining/", "proof/"):
            olaf.client.get(page + place)
        cursor.execute("select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_xact_user_tables")
        assert cursor.fetchone() == before


def test_a_page_costs_as_many_queries_for_two_apps_as_for_five(olaf: Guest, cast: Cast, outside: Outside) -> None:
    cast.also("partnership")
    costs = []
    for apps in (["sandbox-till", "sandbox-bank"], [f"sandbox-{each}" for each in SLUGS]):
        asked = Invitation.ask(cast.shop, apps, by=cast.as_alice)
        olaf.open(f"/i/{asked.token}/")
        with CaptureQueriesContext(connection) as queries:
            olaf.client.get(f"/i/{asked.pk}/")
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 8


# To the app and back.


@pytest.mark.parametrize(("app", "inputs"), [("shop", SHOP), ("till", {}), ("bank", {})])
def test_an_app_is_connected_without_an_account(
    olaf: Guest, cast: Cast, asked: Invitation, page: str, app: str, inputs: dict[str, str]
) -> None:
    olaf.open(f"/i/{asked.token}/")
    choice = olaf.go(page, app, **inputs)
    assert b"Alice &amp; Co" in choice.content
    assert state_of(asked, app) == "at_app"
    done = olaf.say_yes(choice)
    assert b"is connected" in done.content
    assert b"has been told" in done.content
    made = Connection.objects.get()
    assert (made.organisation, made.unconfirmed, state_of(asked, app)) == (cast.shop, False, "connected")
    assert b"1 of 3 done" in olaf.client.get(page).content


def test_one_app_alone_is_connected_from_the_first_page(olaf: Guest, cast: Cast, asked: Invitation) -> None:
    one = Invitation.ask(cast.shop, ["sandbox-shop"], by=cast.as_alice)
    first = olaf.open(f"/i/{one.token}/").content.decode()
    assert "asks you to connect Larkstall" in first
    assert 'name="shop"' in first
    done = olaf.say_yes(olaf.go(f"/i/{one.pk}/", "shop", **SHOP))
    assert b"You can close this page." in done.content
    assert b"All done" in olaf.client.get(f"/i/{one.pk}/").content


def test_a_no_at_the_app_leaves_the_ask_open_and_offers_ways_on(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    said = olaf.go(page, "bank", answer="no").content.decode()
    assert "You said no at Otterbank" in said
    assert f"{page}apps/sandbox-bank/passing-on/" in said
    assert state_of(asked, "bank") == "at_app"
    assert olaf.say_yes(olaf.go(page, "bank")).status_code == 200


def test_not_this_one_keeps_nothing(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    choice = olaf.go(page, "bank")
    handshake = choice.context["handshake"]
    olaf.client.post(f"/connect/attempts/{handshake.pk}/dismissal/")
    assert not Connection.objects.exists()
    assert state_of(asked, "bank") == "at_app"


def test_a_wrong_name_of_a_shop_is_said_at_the_field(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    wrong = olaf.client.post(f"{page}apps/sandbox-shop/", {"shop": "evil.com/"}).content.decode()
    assert "This is not one that the app can have." in wrong
    assert 'value="evil.com/"' in wrong
    assert not Handshake.objects.exists()


def test_withdrawn_on_the_way_nothing_is_connected(olaf: Guest, cast: Cast, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    choice = olaf.go(page, "bank")
    asked.withdraw(by=cast.as_alice)
    handshake = choice.context["handshake"]
    no = olaf.client.post(f"/connect/attempts/{handshake.pk}/choice/", {"account": [handshake.accounts[0]["id"]]})
    assert no.status_code == 409
    assert b"withdrawn" in no.content
    assert not Connection.objects.exists()


def test_another_browser_takes_over_nothing(olaf: Guest, outside: Outside, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    choice = olaf.go(page, "bank")
    other = Guest(outside)
    other.open(f"/i/{asked.token}/")
    assert other.client.get(f"/connect/attempts/{choice.context['handshake'].pk}/").status_code == 404


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("withdrawn", "took this back"),
        ("expired", "The time for this is over"),
        ("asker_gone", "does not work on these"),
    ],
)
def test_a_dead_link_says_what_became_of_it(
    olaf: Guest, cast: Cast, asked: Invitation, clock: Clock, why: str, sentence: str
) -> None:
    if why == "withdrawn":
        asked.withdraw(by=cast.as_alice)
    elif why == "asker_gone":
        cast.partnership.suspend(by=cast.as_bob)
    else:
        clock.shift(days=15)
    assert sentence in olaf.open(f"/i/{asked.token}/").content.decode()
    left = olaf.client.post(f"/i/{asked.pk}/apps/sandbox-till/")
    assert (left.status_code, Handshake.objects.count()) == (409, 0)


def test_an_app_that_is_not_asked_for_has_no_page(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    neutral = olaf.client.get("/i/nonsense/")
    for slug in ("sandbox-ledger", "nothing"):
        unknown = olaf.client.get(f"{page}apps/{slug}/")
        assert (unknown.status_code, unknown.content) == (404, neutral.content)
        assert olaf.client.post(f"{page}apps/{slug}/").status_code == 404
    olaf.prove(f"{page}declining/", OLAF)
    assert olaf.client.get(f"{page}apps/nothing/passing-on/")["Location"] == page
    assert olaf.client.get(f"{page}apps/nothing/declining/")["Location"] == page
    assert olaf.client.get(f"{page}apps/sandbox-till/disconnection/").status_code == 404


def test_an_app_that_was_answered_is_not_gone_to(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    asked.asks.get(connector="sandbox-till").decline(by=GUEST)
    for answer in (olaf.client.get(f"{page}apps/sandbox-till/"), olaf.client.post(f"{page}apps/sandbox-till/")):
        assert "You said no to Tinkertill before" in answer.content.decode()
    assert not Handshake.objects.exists()


def test_whoever_leaves_for_one_app_again_and_again_is_held_up_there_and_nowhere_else(
    olaf: Guest, asked: Invitation, page: str, rf: RequestFactory
) -> None:
    olaf.open(f"/i/{asked.token}/")
    way, source = asked.asks.get(connector="sandbox-till"), source_of(rf.get(page, REMOTE_ADDR="192.0.2.1"))
    while ATTEMPTS.take(f"{source}|{way.pk}|sandbox-till"):
        pass
    answer = olaf.client.post(f"{page}apps/sandbox-till/")
    assert (answer.status_code, b"too many tries" in answer.content) == (429, True)
    assert olaf.client.post(f"{page}apps/sandbox-bank/").status_code == 302


# What a link alone may not do.


def test_a_no_needs_a_code_and_the_asker_is_told(olaf: Guest, cast: Cast, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    place = f"{page}apps/sandbox-bank/declining/"
    assert olaf.client.post(place, {"reason": "Not mine"})["Location"].startswith(f"{page}proof/")
    assert state_of(asked, "bank") == "asked"
    assert b"Say no to Otterbank?" in olaf.prove(place, OLAF).content
    told = olaf.client.post(place, {"reason": "Not mine"}, follow=True).content.decode()
    assert "Your answer is no. Alice &amp; Co has been told." in told
    assert state_of(asked, "bank") == "declined"


def test_no_to_all_of_it(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    olaf.prove(f"{page}declining/", OLAF)
    said = olaf.client.post(f"{page}declining/", {}, follow=True).content.decode()
    assert "You said no" in said
    asked.refresh_from_db()
    assert asked.state == "declined"


def test_a_link_that_is_over_leads_to_a_new_one_after_a_code(
    olaf: Guest, asked: Invitation, page: str, clock: Clock
) -> None:
    olaf.open(f"/i/{asked.token}/")
    assert olaf.client.get(f"{page}new-link/")["Location"].startswith(f"{page}proof/")
    clock.shift(days=15)
    assert "Ask for a new link" in olaf.open(f"/i/{asked.token}/").content.decode()
    assert b"Ask for a new link?" in olaf.prove(f"{page}new-link/", OLAF).content
    told = olaf.client.post(f"{page}new-link/", follow=True).content.decode()
    assert "Alice &amp; Co has been told." in told
    assert "It comes by mail." in told
    assert "Ask for a new link" not in told
    assert olaf.client.post(f"{page}new-link/").status_code == 302
    asked.refresh_from_db()
    assert asked.wanted_again_at is not None
    assert asked.why_dead == "expired"


def test_without_the_code_nobody_is_told_of_a_wish_for_a_new_link(
    olaf: Guest, asked: Invitation, page: str, clock: Clock
) -> None:
    clock.shift(days=15)
    olaf.open(f"/i/{asked.token}/")
    assert olaf.client.post(f"{page}new-link/")["Location"].startswith(f"{page}proof/")
    asked.refresh_from_db()
    assert asked.wanted_again_at is None


def test_a_wrong_code_proves_nothing(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    sent = olaf.client.post(f"{page}proof/")
    wrong = olaf.client.post(sent["Location"], {"code": "0000 0000"})
    assert b"This is not the code we sent" in wrong.content
    assert olaf.client.get(f"{page}declining/").status_code == 302


def test_a_newer_code_is_sent_on_a_press(olaf: Guest, asked: Invitation, page: str, clock: Clock) -> None:
    olaf.open(f"/i/{asked.token}/")
    assert olaf.client.post(f"{page}proof/code/new/")["Location"].startswith(f"{page}proof/?")
    sent = olaf.client.post(f"{page}proof/?next={page}declining/")
    older = last_code(OLAF)
    clock.shift(minutes=1)
    assert olaf.client.post(f"{page}proof/code/new/?next={page}declining/")["Location"] == sent["Location"]
    assert last_code(OLAF) != older
    assert olaf.client.post(sent["Location"], {"code": last_code(OLAF)})["Location"] == f"{page}declining/"
    assert olaf.client.get(f"{page}proof/")["Location"] == page


def test_a_code_of_another_invitation_proves_nothing_here(
    olaf: Guest, cast: Cast, asked: Invitation, page: str
) -> None:
    other = Invitation.ask(cast.cafe, ["sandbox-shop"], by=cast.as_alice, to=Recipient("eve@evil.example"))
    olaf.open(f"/i/{asked.token}/")
    olaf.open(f"/i/{other.token}/")
    olaf.prove(f"/i/{other.pk}/declining/", "eve@evil.example")
    assert olaf.client.get(f"{page}declining/").status_code == 302


def test_the_proof_lasts_half_an_hour(olaf: Guest, asked: Invitation, page: str, clock: Clock) -> None:
    olaf.open(f"/i/{asked.token}/")
    olaf.prove(f"{page}declining/", OLAF)
    assert olaf.client.get(f"{page}declining/").status_code == 200
    clock.shift(minutes=31)
    assert olaf.client.get(f"{page}declining/").status_code == 302


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/sign-in/", "/i/x/", "\\\\evil"])
def test_after_the_code_one_stays_with_this_invitation(olaf: Guest, asked: Invitation, page: str, onward: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    sent = olaf.client.post(f"{page}proof/?next={onward}")
    assert sent["Location"] == f"{page}proof/code/?next={page}"


def test_it_is_passed_on_to_a_colleague(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    place = f"{page}apps/sandbox-bank/passing-on/"
    olaf.prove(place, OLAF)
    told = olaf.client.post(place, {"address": "carla@owner.example", "name": "Carla", "words": "Yours"}, follow=True)
    assert b"carla@owner.example has been asked to connect Otterbank" in told.content
    handed = Invitation.objects.exclude(pk=asked.pk).get()
    assert (handed.name, handed.passed_on_by, state_of(asked, "bank")) == ("Carla", "Olaf", "passed_on")


def test_a_slip_in_the_colleagues_address_is_asked_about(olaf: Guest, asked: Invitation, page: str) -> None:
    olaf.open(f"/i/{asked.token}/")
    place = f"{page}apps/sandbox-bank/passing-on/"
    olaf.prove(place, OLAF)
    said = olaf.client.post(place, {"address": "carla@gmial.com", "name": "Carla"}).content.decode()
    assert "Did you mean carla@gmail.com?" in said
    assert 'value="Carla"' in said
    assert state_of(asked, "bank") == "asked"


def test_of_a_link_without_an_address_the_firm_is_asked(olaf: Guest, cast: Cast, asked: Invitation) -> None:
    bare = Invitation.ask(cast.shop, ["sandbox-bank"], by=cast.as_alice)
    olaf.open(f"/i/{bare.token}/")
    said = olaf.client.get(f"/i/{bare.pk}/declining/")
    assert (said.status_code, b"alice@alice.example" in said.content) == (403, True)
    assert olaf.client.get(f"/i/{bare.pk}/proof/")["Location"] == f"/i/{bare.pk}/"


# What was connected.


@pytest.fixture
def connected(olaf: Guest, asked: Invitation, page: str) -> Ask:
    olaf.open(f"/i/{asked.token}/")
    olaf.say_yes(olaf.go(page, "bank"))
    return asked.asks.get(connector="sandbox-bank")


def test_its_details_are_shown_in_the_browser_that_connected_it(
    olaf: Guest, outside: Outside, asked: Invitation, page: str, connected: Ask
) -> None:
    assert connected.connection is not None
    name = connected.connection.account_name.partition("Bakery ")[2]
    assert name in olaf.client.get(f"{page}apps/sandbox-bank/").content.decode()
    other = Guest(outside)
    other.open(f"/i/{asked.token}/")
    for place in (page, f"{page}apps/sandbox-bank/"):
        assert name not in other.client.get(place).content.decode()
    shown = other.prove(f"{page}apps/sandbox-bank/disconnection/", OLAF)
    assert name in shown.content.decode()


def test_it_is_disconnected_with_a_code(olaf: Guest, page: str, connected: Ask) -> None:
    place = f"{page}apps/sandbox-bank/disconnection/"
    assert olaf.client.post(place)["Location"].startswith(f"{page}proof/")
    olaf.prove(place, OLAF)
    said = olaf.client.post(place, follow=True).content.decode()
    assert "Otterbank is disconnected." in said
    assert Connection.objects.get().state == "disconnected"


def test_it_is_restored_from_the_same_browser(olaf: Guest, page: str, connected: Ask) -> None:
    Connection.objects.update(state="needs_client", trouble_kind="grant_ended")
    assert b"Restore it now" in olaf.client.get(f"{page}apps/sandbox-bank/").content
    left = olaf.client.post(f"{page}apps/sandbox-bank/restoring/")
    done = olaf.come_back(olaf.say_at_the_app("bank", left["Location"]))
    assert b"is connected again" in done.content
    assert Connection.objects.count() == 1


def test_a_key_that_ended_is_restored_by_a_newer_one(olaf: Guest, cast: Cast, asked: Invitation) -> None:
    one = Invitation.ask(cast.shop, ["sandbox-payments"], by=cast.as_alice)
    olaf.open(f"/i/{one.token}/")
    key, place = "rk_sandbox_bob_reads_everything", f"/i/{one.pk}/apps/sandbox-payments/"
    olaf.say_yes(olaf.wait_on(olaf.client.post(place, {"key": key})["Location"]))
    Connection.objects.update(state="needs_client", trouble_kind="grant_ended")
    for typed in ({}, {"pasted": "yes", "key": ""}):
        wanted = olaf.client.post(f"{place}restoring/", typed).content.decode()
        assert 'name="key"' in wanted
        assert ("Paste this first" in wanted) is bool(typed)
    left = olaf.client.post(f"{place}restoring/", {"pasted": "yes", "key": key})
    assert b"is connected again" in olaf.wait_on(left["Location"]).content
    assert Connection.objects.count() == 1


def test_another_browser_restores_nothing_without_a_code(
    outside: Outside, asked: Invitation, page: str, connected: Ask
) -> None:
    Connection.objects.update(state="needs_client", trouble_kind="grant_ended")
    other = Guest(outside)
    other.open(f"/i/{asked.token}/")
    assert other.client.post(f"{page}apps/sandbox-bank/restoring/").status_code == 403
    assert Handshake.objects.filter(restoring__isnull=False).count() == 0


def test_what_was_taken_away_is_said(olaf: Guest, cast: Cast, page: str, connected: Ask) -> None:
    assert connected.connection is not None
    connected.connection.disconnect(by=cast.as_bob)
    assert b"Nobody can read anything there any more" in olaf.client.get(f"{page}apps/sandbox-bank/").content


def test_every_app_of_a_kit_that_can_be_asked_for_has_a_page(olaf: Guest, cast: Cast, outside: Outside) -> None:
    every = [each.slug for each in catalogue.all() if each.can_ask_owner and each.is_set_up]
    whole = Invitation.ask(cast.shop, every, by=cast.as_bob)
    olaf.open(f"/i/{whole.token}/")
    for slug in every:
        assert olaf.client.get(f"/i/{whole.pk}/apps/{slug}/").status_code == 200
