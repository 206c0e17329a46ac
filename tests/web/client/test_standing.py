"""The Client Connect link: what a stranger connects by it is seen and not used, and a replaced one is dead."""

from __future__ import annotations

from tallystick.accounts.models import User
from tallystick.connections.models import Connection, Handshake
from tallystick.invitations.models import ClientConnectLink
from tests.support.cast import Cast
from tests.support.guest import Guest


def test_its_page_lists_apps_and_no_connection(olaf: Guest, link: ClientConnectLink) -> None:
    shown = olaf.open(f"/c/{link.token}/")
    assert shown.redirect_chain == [(f"/c/{link.pk}/", 302)]
    said = shown.content.decode()
    for word in ("Larkstall", "Otterbank", link.two_words, "Alice &amp; Co"):
        assert word in said
    assert link.token not in said


def test_apps_are_found_by_words(olaf: Guest, link: ClientConnectLink) -> None:
    olaf.open(f"/c/{link.token}/")
    said = olaf.client.get(f"/c/{link.pk}/?q=otter").content.decode()
    assert "Otterbank" in said
    assert "Larkstall" not in said
    assert "No app is called “zzz” here" in olaf.client.get(f"/c/{link.pk}/?q=zzz").content.decode()


def test_what_a_stranger_connects_waits_to_be_confirmed(olaf: Guest, cast: Cast, link: ClientConnectLink) -> None:
    olaf.open(f"/c/{link.token}/")
    done = olaf.say_yes(olaf.go(f"/c/{link.pk}/", "bank")).content.decode()
    assert "look whether it is the right one" in done
    made = Connection.objects.get()
    assert (made.unconfirmed, made.made_by_side) == (True, "guest")
    assert made.account_name in olaf.client.get(f"/c/{link.pk}/").content.decode().replace("&#x27;", "'")


def test_a_replaced_link_says_so_and_leads_nowhere(olaf: Guest, cast: Cast, link: ClientConnectLink) -> None:
    olaf.open(f"/c/{link.token}/")
    choice = olaf.go(f"/c/{link.pk}/", "bank")
    ClientConnectLink.replace(cast.shop, by=cast.as_alice)
    assert "There is a newer link" in olaf.open(f"/c/{link.token}/").content.decode()
    assert olaf.client.post(f"/c/{link.pk}/apps/sandbox-till/").status_code == 302
    assert Handshake.objects.count() == 1
    handshake = choice.context["handshake"]
    olaf.client.post(f"/connect/attempts/{handshake.pk}/choice/", {"account": [handshake.accounts[0]["id"]]})
    assert not Connection.objects.exists()


def test_an_app_nobody_knows_is_not_found(olaf: Guest, link: ClientConnectLink) -> None:
    olaf.open(f"/c/{link.token}/")
    assert olaf.client.get(f"/c/{link.pk}/apps/nothing/").status_code == 404
    assert olaf.client.get(f"/c/{link.pk}/apps/shopify/").status_code == 404


def test_what_an_owner_who_is_signed_in_connects_by_it_is_theirs(
    olaf: Guest, cast: Cast, link: ClientConnectLink
) -> None:
    cast.also("as_bob")
    olaf.client.force_login(cast.bob)
    olaf.open(f"/c/{link.token}/")
    olaf.say_yes(olaf.go(f"/c/{link.pk}/", "bank"))
    made = Connection.objects.get()
    assert (made.unconfirmed, made.made_by_side, made.made_by_person) == (False, "business", cast.bob.pk)


def test_what_somebody_else_who_is_signed_in_connects_by_it_waits_to_be_confirmed(
    olaf: Guest, link: ClientConnectLink
) -> None:
    charlie = User.objects.create(name="Charlie")
    olaf.client.force_login(charlie)
    olaf.open(f"/c/{link.token}/")
    olaf.say_yes(olaf.go(f"/c/{link.pk}/", "bank"))
    made = Connection.objects.get()
    assert (made.unconfirmed, made.made_by_side, made.made_by_person) == (True, "guest", charlie.pk)
