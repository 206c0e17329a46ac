"""The sandbox on a real address: connections cut, hundreds of them hanging, the command line."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tallystick_sandbox.cli import client_in, main, with_all_addresses
from tallystick_sandbox.server import address_of, listen, running
from tallystick_sandbox.world import DEMO_CLIENT

CREDENTIALS = (DEMO_CLIENT.id, DEMO_CLIENT.secret)
SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, verify=False) as client:
        client.post("/reset")
        yield client


def consent(client: httpx2.Client, app: str = "bank") -> dict[str, Any]:
    made: dict[str, Any] = client.post(f"/switches/{app}/actions/make-consent", json={}).json()
    return made


def refresh(client: httpx2.Client, made: dict[str, Any], app: str = "bank") -> httpx2.Response:
    form = {"grant_type": "refresh_token", "refresh_token": made["tokens"]["refresh_token"]}
    return client.post(f"/{app}/oauth/token", data=form, auth=CREDENTIALS)


def test_the_issuer_is_where_it_listens(client: httpx2.Client, address: str) -> None:
    assert client.get("/.well-known/oauth-authorization-server/bank").json()["issuer"] == f"{address}/bank"


@pytest.mark.parametrize(("fault", "generation"), [("drop_before", 1), ("drop_after", 2), ("cut_short", 2)])
def test_a_connection_is_really_cut(client: httpx2.Client, fault: str, generation: int) -> None:
    made = consent(client)
    client.patch("/switches/bank", json={"token": {"fault": fault, "next": 1}})
    with pytest.raises(httpx2.TransportError):
        refresh(client, made)
    assert client.get("/switches/bank").json()["consents"][0]["generation"] == generation
    assert client.get("/log/bank").json()["requests"][-1]["status"] is None


def test_an_answer_can_come_in_drops(client: httpx2.Client) -> None:
    made = consent(client)
    client.patch("/switches/bank", json={"token": {"fault": "drip", "next": 1}})
    with pytest.raises(httpx2.ReadTimeout):
        client.post(
            "/bank/oauth/token",
            data={"grant_type": "refresh_token", "refresh_token": made["tokens"]["refresh_token"]},
            auth=CREDENTIALS,
            timeout=httpx2.Timeout(10, read=0.3),
        )


async def until(client: httpx2.AsyncClient, fits: Callable[[dict[str, int]], bool]) -> None:
    """Waits until what is under way at the bank is as wanted."""
    for _ in range(200):
        if fits((await client.get("/log/bank")).json()["under_way"]):
            return
        await asyncio.sleep(0.05)
    pytest.fail("What is under way did not become as wanted.")


@pytest.mark.anyio
async def test_hundreds_of_hanging_callers_keep_nobody_else_waiting(address: str) -> None:
    limits = httpx2.Limits(max_connections=600)
    async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=30, verify=False) as client:
        await client.post("/reset")
        await client.patch("/switches/bank", json={"api": {"fault": "hang"}})
        hanging = [asyncio.create_task(client.get("/bank/v1/whoami")) for _ in range(500)]
        await until(client, lambda under_way: under_way.get("api") == 500)
        assert (await client.get("/till/v1/locations", timeout=5)).status_code == 401
        await client.delete("/switches/bank")
        assert {answer.status_code for answer in await asyncio.gather(*hanging)} == {401}


@pytest.mark.anyio
async def test_a_caller_that_hangs_up_is_forgotten(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address, verify=False) as client:
        await client.post("/reset")
        await client.patch("/switches/bank", json={"api": {"fault": "hang"}})
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/bank/v1/whoami", timeout=httpx2.Timeout(10, read=0.1))
        await until(client, lambda under_way: not under_way)


def test_webhooks_travel_over_http(client: httpx2.Client, address: str) -> None:
    consent(client)
    client.patch("/switches/bank", json={"webhooks": {"url": f"{address}/elsewhere/bank"}})
    client.post("/switches/bank/actions/revoke", json={})
    client.patch("/switches/till", json={"webhooks": {"url": "http://127.0.0.1:9/"}})
    consent(client, "till")
    client.post("/switches/till/actions/revoke", json={})
    for _ in range(100):
        attempts = client.get("/switches/till").json()["webhooks"][-1]["attempts"]
        if attempts:
            break
        time.sleep(0.02)
    assert attempts == ["not delivered: ConnectError"]
    assert client.get("/switches/bank").json()["webhooks"][-1]["attempts"] == ["200"]


def test_the_command_serves_remembers_and_stops(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    command = [sys.executable, "-m", "tallystick_sandbox", "--port", "0", "--state", str(state)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    seen = []
    for _ in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            found = process.stdout.readline().split()[2]
            with httpx2.Client(base_url=found, verify=False) as client:
                seen.append(len(client.get("/switches/bank").json()["consents"]))
                consent(client)
                process.send_signal(signal.SIGINT if seen == [0] else signal.SIGKILL)
            process.wait(20)
    assert seen == [0, 1]


def test_a_taken_port_is_told_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    listening = listen("127.0.0.1", 0)
    port = address_of(listening).rsplit(":", 1)[1]
    assert main(["--port", port]) == 1
    assert "Give another --port." in capsys.readouterr().err
    listening.close()


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "tallystick-sandbox --port 8100 --state" in capsys.readouterr().out


def test_more_programs_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = client_in("mine:secret:https://a.example/x"), client_in("mine:secret:https://b.example/*/y")
    mine = with_all_addresses([one, two])[1]
    assert mine.may_return_to("https://b.example/app-1/y")
    assert not mine.may_return_to("https://b.example/app/1/y")
    with pytest.raises(SystemExit):
        main(["--client", "no-colons"])
    assert "is not ID:SECRET:ADDRESS" in capsys.readouterr().err
