"""The sandbox in-process, with nobody listening to its webhooks but the test."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from starlette.testclient import TestClient

from tallystick_sandbox.app import build
from tests.sandbox.program import Program


@dataclass
class Letterbox:
    """Takes the webhooks that the sandbox sends."""

    taken: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    status: int = 204

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.taken.append((url, body, headers))
        return self.status


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def letterbox() -> Letterbox:
    return Letterbox()


@pytest.fixture
def sandbox(letterbox: Letterbox) -> Iterator[TestClient]:
    with TestClient(build("http://sandbox", post=letterbox.post), base_url="http://sandbox") as client:
        yield client


@pytest.fixture
def program(sandbox: TestClient) -> Program:
    return Program(sandbox)
