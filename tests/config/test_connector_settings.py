"""Settings of outside apps: where the sandbox is, whose definitions to read, who we are at each app."""

from pathlib import Path

import pytest

from tallystick.config.environment import Environment, Misconfigured


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("TALLYSTICK_DATA_DIR", str(tmp_path / "data"))
    return Environment.read()


def test_nothing_set_is_no_sandbox_and_no_apps_of_ones_own(environment: Environment) -> None:
    assert environment.sandbox_url == ""
    assert environment.connectors_dir == ""
    assert environment.connector_settings == {}


def test_the_sandbox_is_known_by_scheme_host_and_port(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_SANDBOX_URL", "http://127.0.0.1:8100/")
    assert environment.sandbox_url == "http://127.0.0.1:8100"


@pytest.mark.parametrize("value", ["127.0.0.1:8100", "ftp://127.0.0.1", "http://127.0.0.1/shop", "http://me@127.0.0.1"])
def test_a_sandbox_that_is_no_address_is_refused(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("TALLYSTICK_SANDBOX_URL", value)
    with pytest.raises(Misconfigured, match="TALLYSTICK_SANDBOX_URL"):
        _ = environment.sandbox_url


def test_a_folder_of_apps_must_be_there(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TALLYSTICK_CONNECTORS_DIR", str(tmp_path))
    assert environment.connectors_dir == str(tmp_path.resolve())
    monkeypatch.setenv("TALLYSTICK_CONNECTORS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(Misconfigured, match="nowhere"):
        _ = environment.connectors_dir


def test_who_we_are_at_an_app(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_CONNECTOR_XERO_CLIENT_ID", "ours")
    monkeypatch.setenv("TALLYSTICK_CONNECTOR_XERO_CLIENT_SECRET", " hush ")
    assert environment.connector_settings == {"XERO_CLIENT_ID": "ours", "XERO_CLIENT_SECRET": "hush"}


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("XERO_SECRET", "hush", "XERO_SECRET"),
        ("XERO_CLIENT_SECRET", "hush", "XERO_CLIENT_ID"),
        ("XERO_CLIENT_ID", "ou\u200brs", "XERO_CLIENT_ID"),
    ],
)
def test_a_slip_is_named_and_no_secret_is_shown(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, name: str, value: str, named: str
) -> None:
    monkeypatch.setenv(f"TALLYSTICK_CONNECTOR_{name}", value)
    with pytest.raises(Misconfigured, match=named) as no:
        _ = environment.connector_settings
    assert value not in str(no.value)
