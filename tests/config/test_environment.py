"""Settings: what is missing or wrong is named, shown, and remedied."""

import os
import stat
from pathlib import Path

import pytest

from tallystick.config.environment import EMAIL_SERVICES, Environment, Misconfigured
from tallystick.outbox.services import SERVICES

KEY = "k" * 32


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("TALLYSTICK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TALLYSTICK_DATA_DIR", str(tmp_path / "data"))


def test_nothing_set_is_an_installation_to_try() -> None:
    environment = Environment.read()
    assert environment.base_url == "http://localhost:8000"
    assert environment.is_embedded
    assert environment.serving_role == "tallystick"
    assert environment.sign_up == "open"
    assert environment.email_url == "mailbox:"


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("TALLYSTICK_BASE_URL", "books.example.com", "Give scheme and host"),
        ("TALLYSTICK_BASE_URL", "https://books.example.com/path", "Give scheme and host"),
        ("TALLYSTICK_BASE_URL", "http://127.0.0.1:8000", "Give a name instead of a number"),
        ("TALLYSTICK_BASE_URL", "http://books.example.com", "Use https"),
        ("TALLYSTICK_BASE_URL", "https://books.example.com:port", "no address"),
        ("TALLYSTICK_SIGN_UP", "perhaps", "Choose open, approve or closed"),
        ("TALLYSTICK_LOG_FORMAT", "xml", "Choose text or json"),
        ("TALLYSTICK_DEMO", "perhaps", "Choose 0 or 1"),
        ("TALLYSTICK_DATABASE_URL", "mysql://me@here/books", "Write it as postgresql://"),
        ("TALLYSTICK_DATABASE_URL", "postgresql://here/books", "Write it as postgresql://"),
        ("TALLYSTICK_SMS_URL", "pigeon://coop", "Give mailbox:"),
        ("TALLYSTICK_EMAIL_URL", "mail.example.com", "Give your mail server"),
    ],
)
def test_a_wrong_setting_gets_name_value_and_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as no:
        Environment.read()
    assert name in str(no.value)
    assert value in str(no.value)
    assert remedy in str(no.value)


def test_every_service_that_can_send_mail_can_be_set() -> None:
    assert set(EMAIL_SERVICES) == set(SERVICES)


def test_a_short_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_SECRET_KEYS", f"{KEY},short-secret")
    with pytest.raises(Misconfigured, match="32 characters") as no:
        Environment.read()
    assert "short-secret" not in str(no.value)


def test_a_password_in_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "mysql://me:hunter2@here/books")
    with pytest.raises(Misconfigured) as no:
        Environment.read()
    assert "hunter2" not in str(no.value)


@pytest.mark.parametrize("missing", ["TALLYSTICK_SECRET_KEYS", "TALLYSTICK_VAULT_KEYS", "TALLYSTICK_EMAIL_URL"])
def test_a_public_site_is_given_its_keys_and_its_mail(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setenv("TALLYSTICK_BASE_URL", "https://books.example.com")
    monkeypatch.setenv("TALLYSTICK_SECRET_KEYS", KEY)
    monkeypatch.setenv("TALLYSTICK_VAULT_KEYS", KEY)
    monkeypatch.setenv("TALLYSTICK_EMAIL_URL", "smtp://mail.example.com")
    Environment.read()
    monkeypatch.delenv(missing)
    with pytest.raises(Misconfigured, match=f"{missing} is not set"):
        Environment.read()


def test_keys_made_on_the_first_start_stay(tmp_path: Path) -> None:
    first = Environment.read()
    assert first.secret_keys == Environment.read().secret_keys
    assert first.secret_keys != first.vault_keys
    assert stat.S_IMODE((first.data_dir / "secret-keys").stat().st_mode) == 0o600
    assert stat.S_IMODE(first.data_dir.stat().st_mode) == 0o700


def test_a_ring_is_read_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_SECRET_KEYS", f"new-{KEY}, old-{KEY}")
    assert Environment.read().secret_keys == [f"new-{KEY}", f"old-{KEY}"]


def test_the_owner_is_asked_for_when_the_database_is_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://serving:word@db.example.com/books")
    environment = Environment.read()
    assert environment.serving_role == "serving"
    with pytest.raises(Misconfigured, match="TALLYSTICK_DATABASE_OWNER_URL is not set"):
        environment.database(as_owner=True)


def test_the_owner_must_own_the_same_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://serving:word@db.example.com/books")
    monkeypatch.setenv("TALLYSTICK_DATABASE_OWNER_URL", "postgresql://owner:hunter2@db.example.com/others")
    with pytest.raises(Misconfigured, match="the same database") as no:
        Environment.read().database(as_owner=True)
    assert "hunter2" not in str(no.value)


def test_what_the_address_says_about_the_connection_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://serving:word@db.example.com/books?sslmode=verify-full")
    database = Environment.read().database(threads=4)
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    assert database["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 4, "timeout": 1}


def test_a_data_folder_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TALLYSTICK_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(Misconfigured, match="TALLYSTICK_DATA_DIR"):
        Environment.read()


def test_a_folder_in_which_no_database_can_live_is_told_with_the_setting_to_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TALLYSTICK_DATA_DIR", str(tmp_path / "file" / "data"))
    monkeypatch.setenv("TALLYSTICK_SECRET_KEYS", KEY)
    monkeypatch.setenv("TALLYSTICK_VAULT_KEYS", KEY)
    environment = Environment.read()
    with pytest.raises(Misconfigured, match=r"TALLYSTICK_DATABASE_URL is not set\..*data can't be made") as told:
        _ = environment.embedded_server
    with pytest.raises(Misconfigured) as told_on_start:
        environment.start_database()
    assert str(told_on_start.value) == str(told.value)
    assert told.value.remedy.endswith("Set TALLYSTICK_DATABASE_URL to a PostgreSQL of yours.")


def test_a_database_of_the_operators_is_theirs_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://serving:word@db.example.com/books")
    environment = Environment.read()
    environment.start_database()
    assert sorted(path.name for path in environment.data_dir.iterdir()) == ["secret-keys", "vault-keys"]


def test_of_two_first_starts_at_once_the_second_takes_the_keys_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def a_moment_late(draft: Path, file: Path) -> None:
        file.write_text(f"first-{KEY}")
        link(draft, file)

    monkeypatch.setattr(os, "link", a_moment_late)
    environment = Environment.read()
    assert environment.secret_keys == environment.vault_keys == [f"first-{KEY}"]
    assert sorted(path.name for path in environment.data_dir.iterdir()) == ["secret-keys", "vault-keys"]
