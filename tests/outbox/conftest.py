"""What the outbox's tests share: a relay, and a message to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from tallystick.outbox import Delivery, smtp
from tests.support.relay import Relay


@pytest.fixture
def relay(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A relay that takes mail until told otherwise, and an outbox that waits for it 0.3 s at most."""
    monkeypatch.setattr(smtp, "READ", 0.3)
    with Relay() as relay:
        settings.EMAIL_URL = relay.url
        yield relay


@pytest.fixture
def queue() -> Callable[..., Delivery]:
    """Queue a mail to Bob; every part can be given."""

    def queue_mail(once: str = "one", **parts: Any) -> Delivery:
        usual: dict[str, Any] = {
            "channel": "mail",
            "to": "bob@bakery.example",
            "subject": "Hart & Co asks you something",
            "text": "Hello Bob\n",
            "html": "<html lang=en><p>Hello Bob</p></html>",
            "kind": "test",
            "language": "en",
            "secret": False,
        }
        return Delivery.queue(once=once, **(usual | parts))

    return queue_mail
