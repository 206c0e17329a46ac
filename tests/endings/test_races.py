"""Whatever takes access away: who asks after its commit is refused, on every process, in every round."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.endings.members import end_member
from tallystick.endings.organisations import close_organisation
from tallystick.endings.partnerships import end_partnership
from tallystick.organisations.models import Member
from tallystick.partnerships.models import Grant, Partnership, Team
from tests.support.cast import Cast, person
from tests.support.racing import racing

Taking = Callable[[], object]
Subject = tuple[UUID, UUID]
"""A member and an organisation the member reaches."""


class Ways:
    """Every way to take access away: each gives somebody access, says who and what, and how it is taken away again."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.alice, self.bob = cast.as_alice, cast.as_bob
        self.shop, self.cafe = cast.shop, cast.cafe
        self.firm, self.partnership = cast.firm, cast.partnership
        self.stella, self.adam = cast.stella_seat, cast.adam_seat
        self.sam, self.rose = person("Sam"), person("Rose")
        self.team = Team.open(self.firm, "Team", by=self.alice)
        Grant.give(self.partnership, self.team, scopes=SCOPES, by=self.alice)

    def all(self) -> list[Callable[[], tuple[Subject, Taking]]]:
        return [
            self.member, self.member_suspension, self.role, self.grant, self.team_place, self.partnership_end,
            self.suspension_by_firm, self.suspension_by_business, self.exclusion, self.exclusion_from_one,
            self.restriction, self.coverage, self.scopes, self.named_staff, self.place, self.organisation,
        ]  # fmt: skip

    def member(self) -> tuple[Subject, Taking]:
        seat = Member.join(self.firm, self.sam, "admin", by=HOUSE)
        return (seat.pk, self.shop.pk), lambda: end_member(seat, by=self.alice)

    def member_suspension(self) -> tuple[Subject, Taking]:
        self.adam.resume(by=self.alice)
        return (self.adam.pk, self.shop.pk), lambda: self.adam.suspend(by=self.alice)

    def role(self) -> tuple[Subject, Taking]:
        seat = Member.objects.of(self.firm).filter(person=self.rose).first()
        if seat:
            seat.change_role("admin", by=self.alice)
        else:
            seat = Member.join(self.firm, self.rose, "admin", by=HOUSE)
        return (seat.pk, self.shop.pk), lambda: seat.change_role("staff", by=self.alice)

    def grant(self) -> tuple[Subject, Taking]:
        grant = Grant.give(self.partnership, self.stella, scopes=["see"], by=self.alice)
        return (self.stella.pk, self.shop.pk), lambda: grant.end(by=self.alice)

    def team_place(self) -> tuple[Subject, Taking]:
        self.team.add(self.stella, by=self.alice)
        return (self.stella.pk, self.shop.pk), lambda: self.team.remove(self.stella, by=self.alice)

    def partnership_end(self) -> tuple[Subject, Taking]:
        business = self.cast.other_business
        partnership = Partnership.begin(self.firm, business, scopes=SCOPES, by=HOUSE)
        subject = (self.cast.alice_seat.pk, self.cast.bakery.pk)
        return subject, lambda: end_partnership(partnership, by=self.cast.as_other_business)

    def suspension_by_firm(self) -> tuple[Subject, Taking]:
        return self._suspension(self.alice)

    def suspension_by_business(self) -> tuple[Subject, Taking]:
        return self._suspension(self.bob)

    def _suspension(self, by: object) -> tuple[Subject, Taking]:
        self._restore()
        return self._of_alice(), lambda: self.partnership.suspend(by=by)  # type: ignore[arg-type]

    def exclusion(self) -> tuple[Subject, Taking]:
        self._restore()
        return self._of_alice(), lambda: self.partnership.exclude(self.cast.alice_seat, by=self.bob)

    def exclusion_from_one(self) -> tuple[Subject, Taking]:
        self._restore()
        return self._of_alice(), lambda: self.partnership.exclude(self.cast.alice_seat, self.shop, by=self.bob)

    def restriction(self) -> tuple[Subject, Taking]:
        self._restore()
        return self._of_alice(), lambda: self.partnership.restrict(by=self.alice)

    def coverage(self) -> tuple[Subject, Taking]:
        self._restore()
        self._terms(organisations=[self.shop, self.cafe])
        return self._of_alice(), lambda: self._terms(organisations=[self.cafe])

    def scopes(self) -> tuple[Subject, Taking]:
        self._restore()
        return self._of_alice(), lambda: self._terms(scopes=["data"])

    def named_staff(self) -> tuple[Subject, Taking]:
        self._restore()
        return self._of_alice(), lambda: self._terms(named_staff_only=True)

    def place(self) -> tuple[Subject, Taking]:
        emma = self.cast.emma_seat
        emma.choose_organisations([self.shop], by=self.bob)
        return (emma.pk, self.shop.pk), lambda: emma.choose_organisations([self.cafe], by=self.bob)

    def organisation(self) -> tuple[Subject, Taking]:
        self._restore()
        extra = self.cast.business.open_organisation("Kiosk", by=self.bob)
        return (self.cast.alice_seat.pk, extra.pk), lambda: close_organisation(extra, by=self.bob)

    def _of_alice(self) -> Subject:
        return self.cast.alice_seat.pk, self.shop.pk

    def _terms(self, **said: object) -> None:
        self.partnership.change_terms(**({"scopes": SCOPES, "by": self.bob} | said))  # type: ignore[arg-type]

    def _restore(self) -> None:
        for by in (self.alice, self.bob):
            self.partnership.resume(by=by)
        self.partnership.unrestrict(by=self.alice)
        for exclusion in self.partnership.exclusions.unclosed():
            exclusion.end(by=self.bob)
        self._terms()


def address_of_database() -> str:
    return psycopg.conninfo.make_conninfo(**{
        key: value for key, value in connection.get_connection_params().items()
        if key in ("dbname", "host", "port", "user", "password")
    })  # fmt: skip


@pytest.mark.timeout(7200)
def test_who_asks_after_the_commit_is_refused(
    transactional_db: None, cast: Cast, rounds: Callable[[int, int], int]
) -> None:
    ways = Ways(cast).all()
    with racing(address_of_database()) as race:
        for give in islice(cycle(ways), rounds(16, 10_000)):
            (member, organisation), take_away = give()
            race.run(member, organisation, "see", take_away)
            assert race.wrong == 0, give.__name__
