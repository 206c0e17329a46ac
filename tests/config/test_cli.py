"""The command line: help with an example, plain sentences, an honest end."""

import pytest
from pytest_django import Settings

from tallystick.accounts.models import User
from tallystick.audit import verification
from tallystick.audit.models import Fact
from tallystick.config import cli, processes
from tallystick.connections.models import Credential
from tallystick.core.clock import now
from tallystick.organisations.models import Firm
from tests.support.cast import Cast


@pytest.fixture(autouse=True)
def set_up_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "set_up", lambda: None)


@pytest.mark.parametrize("command", cli.COMMANDS, ids=lambda command: command.words)
def test_each_command_has_help_with_an_example(command: cli.Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([*command.words.split(), "--help"])
    assert end.value.code == 0
    assert "Example: " in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["fly"], ["firm"], ["firm", "add"], ["serve", "--port", "much"]])
def test_words_that_make_no_sense_end_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 2
    assert "usage: tallystick" in capsys.readouterr().err


def test_ctrl_c_ends_with_130_and_no_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(processes, "set_up", interrupted)
    assert cli.main(["doctor"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.django_db
def test_an_operator_is_added_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["operator", "add", "olivia@tallystick.example"]) == 0
    assert cli.main(["operator", "add", "olivia@tallystick.example"]) == 0
    assert User.objects.filter(is_operator=True).count() == 1
    assert "already" in capsys.readouterr().out


@pytest.mark.django_db
def test_an_operator_without_an_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["operator", "add", "olivia"]) == 1
    assert capsys.readouterr().err.startswith("tallystick: ")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_firm_is_set_up_and_approved(settings: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["firm", "add", "Alice & Partners", "--owner", "alice@alice.example"]) == 0
    firm = Firm.objects.get()
    assert firm.handle in capsys.readouterr().out
    assert cli.main(["firm", "approve", firm.handle]) == 0
    assert firm.is_approved


@pytest.mark.django_db
def test_a_firm_nobody_knows_is_not_approved(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["firm", "approve", "nobody"]) == 1
    assert "No firm is called nobody" in capsys.readouterr().err


@pytest.mark.django_db
def test_the_ledger_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["firm", "add", "Alice & Partners", "--owner", "alice@alice.example"])
    assert cli.main(["audit", "verify"]) == 0
    assert "The ledger is whole." in capsys.readouterr().out


@pytest.mark.django_db
def test_a_ledger_that_is_not_what_was_recorded_is_told_fault_by_fault(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["firm", "add", "Alice & Partners", "--owner", "alice@alice.example"])
    slipped_in = [Fact.objects.create(kind="operator.added", at=now(), side="operator") for _ in range(2)]
    capsys.readouterr()
    assert cli.main(["audit", "verify"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [f"Fact {fact.pk} stands in no chain." for fact in slipped_in]
    assert said.err == "tallystick: The ledger is not what was recorded: 2 faults.\n"


@pytest.mark.django_db
def test_a_long_look_at_the_ledger_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verification, "_BATCH", 2)
    cli.main(["firm", "add", "Alice & Partners", "--owner", "alice@alice.example"])
    assert cli.main(["audit", "verify"]) == 0
    assert capsys.readouterr().err.startswith("2 links checked\n")


@pytest.mark.django_db
def test_the_vaults_key_is_changed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    cast = Cast()
    credential = Credential(business=cast.business, connector="shopify", obtained_at=now())
    credential.seal({"access": "a", "refresh": None, "kept": {}, "inputs": {}})
    credential.save()
    settings.VAULT_KEYS = ["a newer key", *settings.VAULT_KEYS]
    assert cli.main(["keys", "rotate-vault"]) == 0
    said = capsys.readouterr()
    assert "1 of 1 records" in said.err
    assert "The older keys can leave the ring." in said.out
    settings.VAULT_KEYS = ["one that opens nothing"]
    assert cli.main(["keys", "rotate-vault"]) == 1
    assert "do not open with any key" in capsys.readouterr().err
