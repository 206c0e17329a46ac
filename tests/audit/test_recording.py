"""Writing a fact: with its change or not at all, on the right chains, without anybody's name in the chain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from uuid import uuid4

import pytest
import structlog
from django.db import ProgrammingError, connection, transaction

from tallystick import audit
from tallystick.audit import hold, record
from tallystick.audit.models import Aside, Fact, Head, Link
from tallystick.audit.verification import verify
from tallystick.core.actor import HOUSE, Actor
from tests.support.cast import OPERATOR, Cast
from tests.support.jobs import waiting_jobs

ServingRole = Callable[[], AbstractContextManager[None]]


def test_a_fact_stands_on_the_chains_of_all_it_concerns_and_of_who_acted(cast: Cast) -> None:
    firm, business, person, organisation = uuid4(), uuid4(), uuid4(), uuid4()
    fact = record(
        "test.happened", cast.bob, by=cast.as_alice, firm_id=firm, business_id=business, person_ids=[person, None],
        organisation_id=organisation, data={"a": 1}, private={"name": ("Bob", cast.bob.pk), "shop": "Shop"}, reason="Why",
    )  # fmt: skip
    chains = {f"firm:{firm}", f"business:{business}", f"person:{person}", f"person:{cast.alice.pk}"}
    assert set(fact.links.values_list("chain", flat=True)) == chains
    assert (fact.subject_type, fact.subject_id) == ("accounts.user", str(cast.bob.pk))
    assert fact.private() == {"name": "Bob", "shop": "Shop", "by": "Alice", "reason": "Why"}
    assert fact.reason == "Why"
    assert fact.by["label"] == "Alice"
    assert fact.by["member_id"] == cast.alice_seat.pk
    assert str(fact) == f"{fact.pk} test.happened"
    assert {str(aside) for aside in fact.asides.all()} >= {f"name of fact {fact.pk}"}
    assert str(fact.links.first()) == f"business:{business} #1"
    assert str(Head.objects.get(chain=f"business:{business}")) == f"business:{business} ends at 1"


def test_a_tenants_own_chain_is_not_forgotten(cast: Cast) -> None:
    fact = record("test.happened", cast.bob, by=cast.as_bob)
    assert {link.chain for link in fact.links.all()} == {f"business:{cast.business.pk}", f"person:{cast.bob.pk}"}


def test_what_concerns_nobody_stands_on_the_chain_of_the_house(cast: Cast) -> None:
    assert record("test.happened", cast.bob, by=HOUSE).links.get().chain == "house"


def test_the_job_that_reads_the_fact_is_left_with_it(cast: Cast) -> None:
    fact = record("test.happened", cast.bob, by=HOUSE)
    assert waiting_jobs()[-1] == ("fact.recorded", {"fact_id": fact.pk})


def test_the_request_is_named(cast: Cast) -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        assert record("test.happened", cast.bob, by=HOUSE).request_id == "req-1"


def test_no_name_is_in_the_chain(cast: Cast) -> None:
    fact = record("test.happened", cast.bob, by=cast.as_alice, private={"name": "Robert"})
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(audit_fact)::text from audit_fact where id = %s", [fact.pk])
        (said,) = cursor.fetchone() or ("",)
    assert "Robert" not in said
    assert "Alice" not in said


def test_the_same_name_twice_has_two_digests(cast: Cast) -> None:
    first, second = (record("test.happened", cast.bob, by=HOUSE, private={"name": "Bob"}) for _each in range(2))
    assert first.digests != second.digests


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_the_transaction_of_its_change_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError, match=r"test\.happened was recorded outside"):
        record("test.happened", Head(chain="x"), by=HOUSE)


def test_a_change_rolled_back_was_never_written_down(cast: Cast) -> None:
    cast.also("alice")
    with transaction.atomic():
        record("test.happened", cast.alice, by=HOUSE)
        transaction.set_rollback(True)
    assert not Fact.objects.exists()
    assert verify() == []


def test_holding_nothing_is_well(db: None) -> None:
    hold()
    hold(firm_ids=[None])


def test_the_room_has_no_other_verbs() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'erase_all'"):
        _ = audit.erase_all


# Who reads what


def test_everybody_reads_their_own_chain_and_an_operator_all(cast: Cast) -> None:
    cast.also("partnership", "other_firm")
    began = Fact.objects.get(kind="partnership.began")
    for by in (cast.as_alice, cast.as_stella, cast.as_bob):
        assert began in Fact.objects.visible_to(by)
    assert began not in Fact.objects.visible_to(cast.as_other_firm)
    assert began not in Fact.objects.visible_to(cast.alice.actor)
    assert Fact.objects.visible_to(cast.alice.actor).filter(kind="firm.opened").count() == 1
    assert Fact.objects.visible_to(OPERATOR).count() == Fact.objects.count()
    assert not Fact.objects.visible_to(HOUSE).exists()
    assert not Fact.objects.visible_to(Actor("firm")).exists()
    newest = list(Fact.objects.visible_to(cast.as_alice).newest_first())
    assert newest == sorted(newest, key=lambda fact: -fact.pk)


# Never changed


@pytest.mark.parametrize("change", ["update audit_fact set kind = 'x'", "delete from audit_fact",
                                    "update audit_link set number = 1", "delete from audit_link",
                                    "update audit_aside set value = 'x'"])  # fmt: skip
@pytest.mark.parametrize("serving", [False, True])
def test_the_database_refuses_every_change_whoever_asks(
    cast: Cast, serving_role: ServingRole, change: str, *, serving: bool
) -> None:
    cast.also("alice", "firm")
    role = serving_role() if serving else nullcontext()
    with role, pytest.raises(ProgrammingError, match=r"permission denied|only ever added to"):
        _try(change)


def _try(change: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_serving_role_writes_facts(cast: Cast, serving_role: ServingRole) -> None:
    cast.also("alice")
    with serving_role():
        record("test.happened", cast.alice, by=replace(HOUSE, name="Tallystick"))
    assert verify() == []
    assert Link.objects.exists()
    assert Aside.objects.exists()
