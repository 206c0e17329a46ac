"""Bob's bank breaks, ends, is renewed and taken away; he does what the mail asks, in one press."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.journeys.customer import Customer
from tests.journeys.test_connecting import bob, come

__all__ = ["bob", "come"]

BOB = "bob@bobs-bakery.example"


def connect_bank(bob: Customer) -> str:
    """The bank's connection; the name of its page's address."""
    bob.begin("Otterbank").answer()
    bob.page.locator("input[name=account]").first.check()
    bob.press("Yes, connect it").read_first().press("See all apps of these books").press("Otterbank")
    bob.is_at("Otterbank").reads("Working")
    return bob.page.url


def test_a_bank_that_broke_is_restored_by_one_press_from_the_mail(bob: Customer) -> None:
    connection = connect_bank(bob)
    earlier = bob.mails(BOB, "please restore Otterbank")
    bob.act("bank", "revoke")
    bob.until("the consent was taken back or has ended")
    mail = bob.newest_mail(BOB, holds="please restore Otterbank", beside=earlier)
    link = re.search(r"http://localhost\S+", mail)
    assert link
    bob.go(link.group().removeprefix(bob.address)).press("Restore it now").answer()
    bob.is_at("Otterbank is connected again").go(connection).until("Working").reads("Otterbank works again")


def test_a_consent_near_its_end_is_renewed_and_backing_out_harms_nothing(bob: Customer) -> None:
    connection = connect_bank(bob)
    bob.act("bank", "expire-consent", days=9)
    bob.act("bank", "send-webhook", kind="expiring")
    bob.until("Ends soon").press("Renew it now").answer(say="No, do not share").is_at("You said no at Otterbank")
    bob.go(connection).reads("Working", "Ends soon").press("Renew it now").answer().is_at(
        "Otterbank is connected again"
    )
    bob.go(connection).reads("Working").does_not_read("Ends soon")


def test_a_shop_is_disconnected_while_it_is_down(come: Callable[..., Customer]) -> None:
    bob = come()
    bob.begin("Larkstall", Shop="danas-diner").answer("Dana Dish").press("Yes, connect it")
    bob.press("See all apps of these books")
    bob.switch("shop", api={"fault": "503"}, revoke={"fault": "503"})
    bob.press("Larkstall").press("Disconnect").is_at("Disconnect Larkstall?").press("Disconnect")
    bob.reads("Larkstall is disconnected.").press("Larkstall").reads("Being taken back at the app")
    bob.switch("shop", api={"fault": "none"}, revoke={"fault": "none"})
