"""Connecting an app, from the button to "connected", and every way in which it comes to nothing."""

from __future__ import annotations

import re

import httpx2
import pytest
from django.test import Client

from tallystick.connections.models import Connection, Handshake, Revocation
from tallystick.organisations.models import MemberRole
from tests.support.cast import Cast
from tests.support.outside import Outside, outside, outside_address
from tests.support.visiting import Visitor

__all__ = ["outside", "outside_address"]

SHOP = {"shop": "bobs-bakery"}


@pytest.fixture
def visitor(cast: Cast, outside: Outside) -> Visitor:
    return Visitor(cast.bob, cast.business, cast.shop, outside)


@pytest.mark.parametrize(
    ("app", "inputs"),
    [
        ("shop", SHOP),
        ("till", {}),
        ("bank", {}),
        ("ledger", {}),
    ],
)
def test_an_app_is_connected(visitor: Visitor, cast: Cast, app: str, inputs: dict[str, str]) -> None:
    asked = visitor.connect(app, **inputs)
    assert b"Bob&#x27;s Bakery" in asked.content
    assert not Connection.objects.exists()
    done = visitor.say_yes(asked)
    assert b"is connected" in done.content
    assert Connection.objects.get().organisation == cast.shop


def test_a_pasted_key_is_tried_and_connected(visitor: Visitor) -> None:
    page = visitor.wait_on(visitor.press_connect("payments", key="rk_sandbox_bob_reads_everything"))
    assert b"is connected" in visitor.say_yes(page).content
    assert "rk_sandbox" not in str(Handshake.objects.get().inputs)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("rk_sandbox_nobody_knows_this_key", b"does not know this key"),
        ("sk_sandbox_bob_can_write", b"can do more than read"),
    ],
)
def test_a_key_that_is_wrong_or_could_write_is_not_kept(visitor: Visitor, key: str, sentence: bytes) -> None:
    page = visitor.wait_on(visitor.press_connect("payments", key=key))
    assert sentence in page.content
    assert not Connection.objects.exists()


def test_of_several_accounts_one_is_picked(visitor: Visitor) -> None:
    page = visitor.connect("till")
    accounts = page.context["handshake"].accounts
    assert len(accounts) == 3
    visitor.say_yes(page, accounts[1]["id"])
    assert Connection.objects.get().account_id == accounts[1]["id"]


def test_one_consent_may_serve_several_companies(visitor: Visitor) -> None:
    page = visitor.connect("ledger")
    visitor.say_yes(page, *[each["id"] for each in page.context["handshake"].accounts])
    assert Connection.objects.count() == 2
    assert Connection.objects.values("credential").distinct().count() == 1


def test_nothing_picked_asks_again_and_keeps_the_attempt(visitor: Visitor) -> None:
    page = visitor.connect("till")
    again = visitor.say_yes(page, "of somebody else")
    assert b"Which one is it?" in again.content
    assert not Connection.objects.exists()


def test_a_no_at_the_app_is_fine(visitor: Visitor) -> None:
    back = visitor.say_at_the_app("shop", visitor.press_connect("shop", **SHOP), answer="no")
    page = visitor.come_back(back)
    assert b"You said no" in page.content


def test_staff_without_the_right_are_told_who_has_it(visitor: Visitor) -> None:
    page = visitor.connect("till", who="sam")
    assert b"You may not share this" in page.content
    (asking,) = re.findall(r'href="([^"]+asks/new/[?]app=sandbox-till)"', page.content.decode())
    assert re.search(r'value="sandbox-till"[^>]*checked', visitor.client.get(asking).content.decode())


def test_who_may_not_ask_anybody_is_not_offered_to(visitor: Visitor, cast: Cast) -> None:
    emma = Visitor(cast.emma_seat.person, cast.business, cast.shop, visitor.outside)
    page = emma.connect("till", who="sam")
    assert b"You may not share this" in page.content
    assert b"asks/new/" not in page.content


def test_what_was_left_out_is_said(visitor: Visitor) -> None:
    page = visitor.connect("shop", who="mel", **SHOP)
    assert b"Not everything was allowed" in page.content


def test_an_app_that_is_down_is_said_to_be(visitor: Visitor, outside: Outside) -> None:
    back = visitor.say_at_the_app("shop", visitor.press_connect("shop", **SHOP))
    outside.switch("shop", token={"fault": "503"})
    assert b"answer just now" in visitor.come_back(back).content or b"busy" in visitor.come_back(back).content


def test_not_the_one_takes_the_consent_back(visitor: Visitor) -> None:
    page = visitor.connect("shop", **SHOP)
    visitor.client.post(f"/connect/attempts/{page.context['handshake'].pk}/dismissal/")
    assert not Connection.objects.exists()
    assert Revocation.objects.count() == 1


def test_a_return_is_taken_once_and_shows_the_same_page_again(visitor: Visitor, outside: Outside) -> None:
    back = visitor.say_at_the_app("shop", visitor.press_connect("shop", **SHOP))
    visitor.say_yes(visitor.come_back(back))
    assert b"is connected" in visitor.come_back(back).content
    assert outside.counted("shop", "codes_redeemed") == 1


def test_a_return_in_another_browser_connects_nothing(visitor: Visitor, cast: Cast, outside: Outside) -> None:
    back = visitor.say_at_the_app("shop", visitor.press_connect("shop", **SHOP))
    assert Client().get(back).status_code == 404
    assert outside.counted("shop", "codes_redeemed") == 0
    assert Handshake.objects.get().state == "open"


def test_a_return_to_another_app_connects_nothing(visitor: Visitor) -> None:
    back = visitor.say_at_the_app("shop", visitor.press_connect("shop", **SHOP))
    assert visitor.client.get(back.replace("sandbox-shop", "sandbox-till")).status_code == 404


@pytest.mark.parametrize("what", ["iss", "state", "hmac", "shop"])
def test_a_return_that_does_not_fit_is_not_used(visitor: Visitor, outside: Outside, what: str) -> None:
    outside.switch("shop", callback={what: "wrong"})
    page = visitor.come_back(visitor.say_at_the_app("shop", visitor.press_connect("shop", **SHOP)))
    assert b"did not fit" in page.content or page.status_code == 404
    assert outside.counted("shop", "codes_redeemed") == 0


def test_after_fifteen_minutes_it_is_too_late(visitor: Visitor) -> None:
    back = visitor.say_at_the_app("shop", visitor.press_connect("shop", **SHOP))
    Handshake.objects.update(until="2020-01-01T00:00:00Z")
    page = visitor.client.get(back)
    assert page.status_code == 409
    assert b"15 minutes" in page.content


@pytest.mark.parametrize("shop", ["evil.com/", "a@b", "127.0.0.1", "bоbs-bakery", "bobs-bakery/../x", ""])
def test_a_shop_name_that_cannot_be_one_goes_nowhere(visitor: Visitor, shop: str) -> None:
    page = visitor.client.post(f"{visitor.apps}available/sandbox-shop/", {"shop": shop})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not Handshake.objects.exists()


def test_the_same_account_again_is_the_same_connection(visitor: Visitor) -> None:
    visitor.say_yes(visitor.connect("shop", **SHOP))
    first = Connection.objects.get()
    visitor.say_yes(visitor.connect("shop", **SHOP))
    again = Connection.objects.get()
    assert again.pk == first.pk
    assert again.credential_id != first.credential_id


def test_restoring_keeps_the_connection_and_refuses_another_account(visitor: Visitor) -> None:
    visitor.say_yes(visitor.connect("bank"))
    before = Connection.objects.get()
    restoring = f"{visitor.apps}{before.pk}/restoring/"
    other = visitor.say_at_the_app("bank", visitor.client.post(restoring)["Location"], who="charlie")
    assert b"another account" in visitor.come_back(other).content
    assert Connection.objects.get().credential_id == before.credential_id
    same = visitor.say_at_the_app("bank", visitor.client.post(restoring)["Location"])
    assert b"is connected" in visitor.come_back(same).content
    after = Connection.objects.get()
    assert (after.pk, after.account_id) == (before.pk, before.account_id)
    assert after.credential_id != before.credential_id


def test_backing_out_of_a_renewal_harms_nothing(visitor: Visitor) -> None:
    visitor.say_yes(visitor.connect("bank"))
    before = Connection.objects.get()
    address = visitor.client.post(f"{visitor.apps}{before.pk}/restoring/")["Location"]
    visitor.come_back(visitor.say_at_the_app("bank", address, answer="no"))
    after = Connection.objects.get()
    assert (after.credential_id, after.state) == (before.credential_id, before.state)


def test_a_role_lost_on_the_way_connects_nothing(visitor: Visitor, cast: Cast) -> None:
    page = visitor.connect("shop", **SHOP)
    MemberRole.objects.filter(member=cast.bob_seat).update(role="contact")
    Connection.objects.all().delete()
    address = f"/connect/attempts/{page.context['handshake'].pk}/choice/"
    answer = visitor.client.post(address, {"account": page.context["handshake"].accounts[0]["id"]})
    assert answer.status_code == 403
    assert not Connection.objects.exists()


def test_who_was_signed_out_on_the_way_signs_in_and_goes_on(visitor: Visitor, cast: Cast) -> None:
    page = visitor.connect("shop", **SHOP)
    address = f"/connect/attempts/{page.context['handshake'].pk}/"
    kept = visitor.client.cookies["__Host-connect"].value
    visitor.client.logout()
    visitor.client.cookies["__Host-connect"] = kept
    answer = visitor.client.post(f"{address}choice/", {"account": page.context["handshake"].accounts[0]["id"]})
    assert answer["Location"] == f"/sign-in/?next={address}"
    visitor.client.force_login(cast.bob)
    visitor.client.cookies["__Host-connect"] = kept
    assert b"is connected" in visitor.say_yes(page).content


def test_disconnecting_works_while_the_app_is_down(visitor: Visitor, outside: Outside) -> None:
    visitor.say_yes(visitor.connect("shop", **SHOP))
    outside.switch("shop", revoke={"fault": "503"}, api={"fault": "503"}, token={"fault": "503"})
    connection = Connection.objects.get()
    page = visitor.client.get(f"{visitor.apps}{connection.pk}/disconnection/")
    assert page.status_code == 200
    visitor.client.post(f"{visitor.apps}{connection.pk}/disconnection/")
    connection.refresh_from_db()
    assert connection.state == "disconnected"
    assert Revocation.objects.get().done_at is None
    shown = visitor.client.get(f"{visitor.apps}{connection.pk}/")
    assert b"Being taken back" in shown.content


def test_staff_of_the_firm_connect_and_strangers_find_nothing(cast: Cast, outside: Outside) -> None:
    assert cast.stella_grant.everything
    stella = Visitor(cast.stella_seat.person, cast.firm, cast.shop, outside)
    assert b"is connected" in stella.say_yes(stella.connect("shop", **SHOP)).content
    stranger = Visitor(cast.charlie, cast.other_firm, cast.shop, outside)
    connection = Connection.objects.get()
    for path in ("", "available/", "available/sandbox-shop/", f"{connection.pk}/", f"{connection.pk}/disconnection/"):
        assert stranger.client.get(stranger.apps + path).status_code == 404


def test_my_apps_and_available_apps_can_be_looked_through(visitor: Visitor) -> None:
    assert b"No app is connected yet" in visitor.client.get(visitor.apps).content
    visitor.say_yes(visitor.connect("shop", **SHOP))
    assert b"Larkstall" in visitor.client.get(visitor.apps).content
    found = visitor.client.get(f"{visitor.apps}available/", {"q": "xero"})
    assert b"Xero" in found.content
    assert b"Not set up" in found.content
    assert b"Larkstall" not in found.content
    assert b"No app of that name" in visitor.client.get(f"{visitor.apps}available/", {"q": "zzz"}).content
    assert visitor.client.get(f"{visitor.apps}available/nothing/").status_code == httpx2.codes.NOT_FOUND


def test_a_key_that_ended_is_mended_by_a_newer_one(visitor: Visitor) -> None:
    key = {"key": "rk_sandbox_bob_reads_everything"}
    visitor.say_yes(visitor.wait_on(visitor.press_connect("payments", **key)))
    made = Connection.objects.get()
    place = f"{visitor.apps}{made.pk}/"
    assert visitor.client.post(f"{place}restoring/")["Location"] == f"{place}key/"
    assert b"Paste this first" in visitor.client.post(f"{place}key/", {"key": ""}).content
    page = visitor.wait_on(visitor.client.post(f"{place}key/", key)["Location"])
    assert b"is connected" in page.content
    again = Connection.objects.get()
    assert (again.pk, again.credential_id == made.credential_id) == (made.pk, False)


def test_a_return_of_an_app_nobody_knows_is_not_found(visitor: Visitor) -> None:
    assert visitor.client.get("/connect/nothing/return/?code=1&state=2").status_code == 404


def test_what_one_began_another_who_signs_in_here_does_not_finish(visitor: Visitor, cast: Cast) -> None:
    page = visitor.connect("shop", **SHOP)
    address = f"/connect/attempts/{page.context['handshake'].pk}/choice/"
    kept = visitor.client.cookies["__Host-connect"].value
    visitor.client.force_login(cast.alice)
    visitor.client.cookies["__Host-connect"] = kept
    answer = visitor.client.post(address, {"account": page.context["handshake"].accounts[0]["id"]})
    assert (answer.status_code, Connection.objects.exists()) == (404, False)
