"""Whatever is altered, taken away or swapped in the ledger, by whoever owns the database, is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from tallystick.audit import record, verification
from tallystick.audit.erasing import erase_names
from tallystick.audit.handlers import export
from tallystick.audit.heads import export_heads, folder, read_exports
from tallystick.audit.models import Aside, Fact, Head, Link
from tallystick.audit.verification import verify
from tests.support.cast import Cast


@pytest.fixture(autouse=True)
def _own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def ledger(cast: Cast) -> Cast:
    """Some facts on some chains."""
    cast.also("stella_grant", "emma_seat", "other_firm")
    cast.partnership.suspend(by=cast.as_bob, reason="We must talk")
    return cast


UNGUARDED = """do $$
declare tied record;
begin
    for tied in select conrelid::regclass as held, conname from pg_constraint
        where contype = 'f' and confrelid in ('audit_fact'::regclass, 'audit_link'::regclass) loop
        execute format('alter table %s drop constraint %I', tied.held, tied.conname);
    end loop;
    alter table audit_fact disable trigger user;
    alter table audit_link disable trigger user;
    alter table audit_head disable trigger user;
    alter table audit_aside disable trigger user;
end $$"""
"""What whoever owns the tables can do without being a superuser: no trigger and no foreign key is left to stop them."""


@pytest.fixture
def tamper(db: None) -> Callable[..., None]:
    """Do as somebody who owns the database and took its triggers and keys away."""

    def execute(statement: str, *values: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate; set constraints all deferred")  # what waits is checked now
            cursor.execute(UNGUARDED)
            cursor.execute(statement, values)
            assert cursor.rowcount, "Nothing was tampered with."

    return execute


Tamper = Callable[..., None]


def test_a_ledger_nobody_touched_is_whole(ledger: Cast) -> None:
    assert verify() == []


def test_it_says_how_far_it_is(ledger: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_BATCH", 5)
    told: list[int] = []
    assert verify(told.append) == []
    assert told[:2] == [5, 10]


ALTERED = {
    "fact": {
        "kind": "'grant.ended'", "at": "at + interval '1 microsecond'", "side": "'house'", "person_id": "gen_random_uuid()",
        "member_id": "gen_random_uuid()", "tenant_id": "gen_random_uuid()", "subject_type": "'x'", "subject_id": "'x'",
        "firm_id": "gen_random_uuid()", "business_id": "gen_random_uuid()", "organisation_id": "gen_random_uuid()",
        "data": """'{"x": 1}'""", "request_id": "'x'", "digests": """digests || '{"x": "1"}'""",
    },
    "link": {
        "chain": "'firm:x'", "number": "number + 100", "previous": r"'\x00'", "digest": r"'\x00'",
        "fact_id": "(select min(id) from audit_fact)",
    },
    "head": {"chain": "'firm:x'", "number": "number + 1", "digest": r"'\x00'"},
    "aside": {"value": "'Mallory'", "salt": "'x'", "key": "'x'", "fact_id": "(select min(id) from audit_fact)"},
}  # fmt: skip
KEYS = {"fact": "id", "link": "id", "head": "chain", "aside": "id"}


@pytest.mark.parametrize(("table", "column"), [(table, column) for table in ALTERED for column in ALTERED[table]])
def test_any_column_altered_is_found(ledger: Cast, tamper: Tamper, table: str, column: str) -> None:
    key = KEYS[table]
    tamper(
        f"update audit_{table} set {column} = {ALTERED[table][column]}"
        f" where {key} = (select max({key}) from audit_{table})"
    )
    assert verify()


def test_every_column_is_among_them() -> None:
    """Those left out say nothing: a row's own number, and whose name it is."""
    for model, table in ((Fact, "fact"), (Link, "link"), (Head, "head"), (Aside, "aside")):
        columns = {str(field.column) for field in model._meta.concrete_fields}
        assert columns - set(ALTERED[table]) <= {"id", "person_id"}, table


@pytest.mark.parametrize("table", ["fact", "link", "head", "aside"])
@pytest.mark.parametrize("which", ["min", "max"])
def test_any_row_removed_is_found(ledger: Cast, tamper: Tamper, table: str, which: str) -> None:
    key = KEYS[table]
    tamper(f"delete from audit_{table} where {key} = (select {which}({key}) from audit_{table})")
    assert verify()


SWAPPED = {
    "fact": "data = b.data, kind = b.kind",
    "link": "fact_id = b.fact_id",
    "head": "digest = b.digest, number = b.number",
    "aside": "value = b.value, salt = b.salt",
}


@pytest.mark.parametrize("table", SWAPPED)
def test_any_two_rows_swapped_are_found(ledger: Cast, tamper: Tamper, table: str) -> None:
    key = KEYS[table]
    two = f"(select min({key}) from audit_{table}), (select max({key}) from audit_{table})"
    tamper(
        f"update audit_{table} a set {SWAPPED[table]} from audit_{table} b"
        f" where a.{key} in ({two}) and b.{key} in ({two}) and a.{key} <> b.{key}"
    )
    assert verify()


def test_a_fact_slipped_in_beside_the_chains_is_found(ledger: Cast, tamper: Tamper) -> None:
    tamper(
        "insert into audit_fact (kind, at, side, subject_type, subject_id, data, request_id, digests)"
        " values ('x', now(), 'house', 'x', 'x', '{}', '', '{}')"
    )
    assert any("stands in no chain" in fault for fault in verify())


# Erasing


def test_erasing_a_person_takes_their_names_and_keeps_the_ledger_whole(ledger: Cast) -> None:
    stella = ledger.stella_seat.person
    assert erase_names(stella, by=stella.actor) == 2
    assert verify() == []
    assert not Aside.objects.filter(value="Stella").exists()
    assert not Aside.objects.filter(person_id=stella.pk).exists()
    assert Aside.objects.filter(value="Alice").exists()
    assert Fact.objects.latest("pk").kind == "person.erased"


def test_a_name_erased_by_somebody_else_is_found(ledger: Cast) -> None:
    Aside.objects.filter(value="Stella")[0].delete()
    assert any("nobody erased it" in fault for fault in verify())


# Exports


def cut_off(tamper: Tamper, chain: str) -> None:
    """Take the last link of a chain away, and set its head back, as if it had never been."""
    tamper("delete from audit_link where chain = %s and number = (select max(number) from audit_link where chain = %s)",
           chain, chain)  # fmt: skip
    tamper(
        "update audit_head set number = number - 1, digest = (select digest from audit_link l"
        " where l.chain = audit_head.chain order by number desc limit 1) where chain = %s",
        chain,
    )


def test_an_end_cut_off_together_with_its_head_is_found_by_the_exports(ledger: Cast, tamper: Tamper) -> None:
    chain = f"firm:{ledger.firm.pk}"
    assert export_heads() is not None
    assert verify() == []
    cut_off(tamper, chain)
    faults = verify()
    assert len(faults) == 1
    assert faults[0].startswith(f"Chain {chain}: link")


def test_a_chain_that_went_on_after_its_export_is_whole(ledger: Cast) -> None:
    export_heads()
    ledger.partnership.resume(by=ledger.as_bob)
    assert verify() == []


def test_only_what_grew_is_exported_anew_and_nothing_when_nothing_did(
    ledger: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.audit.heads._OVERLAP", 0)
    first = export_heads()
    assert export_heads() is None
    record("test.happened", ledger.alice, by=ledger.as_alice)
    second = export_heads()
    assert first is not None
    assert second is not None
    assert first.stat().st_mode & 0o777 == 0o600
    assert second.stat().st_size < first.stat().st_size
    assert verify() == []
    assert read_exports().heads.keys() == set(Head.objects.values_list("chain", flat=True))


def test_the_hourly_job_exports(ledger: Cast) -> None:
    export()
    assert len(list(folder().iterdir())) == 1


def test_an_empty_ledger_exports_nothing(db: None) -> None:
    assert export_heads() is None
    assert verify() == []


@pytest.mark.parametrize("how", ["altered", "removed", "rubbish", "not json", "swapped", "resigned by nobody"])
def test_an_export_tampered_with_is_found(ledger: Cast, how: str) -> None:
    for _each in range(3):
        record("test.happened", ledger.alice, by=ledger.as_alice)
        export_heads()
    first, second, third = sorted(folder().iterdir())
    if how == "altered":
        second.write_text(second.read_text().replace('"number": 2', '"number": 9'))
    elif how == "removed":
        second.unlink()
    elif how == "rubbish":
        second.write_text("[]")
    elif how == "not json":
        second.write_text("x")
    elif how == "swapped":
        shutil.copy(third, first)
    else:
        second.write_text(second.read_text().replace('"key": "', '"key": "00'))
    assert any(fault.startswith("Export") for fault in verify())


def test_two_workers_at_once_overwrite_nothing(ledger: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    export_heads()
    record("test.happened", ledger.alice, by=ledger.as_alice)
    export_heads()
    record("test.happened", ledger.alice, by=ledger.as_alice)
    first = sorted(folder().iterdir())[:1]
    monkeypatch.setattr("tallystick.audit.heads._files", lambda: first)
    with pytest.raises(FileExistsError):
        export_heads()
    monkeypatch.undo()


def test_a_key_that_was_retired_is_named_as_the_reason(ledger: Cast, settings: Settings) -> None:
    export_heads()
    settings.SECRET_KEYS = ["another key of the application, long enough"]
    assert "TALLYSTICK_SECRET_KEYS" in verify()[0]
