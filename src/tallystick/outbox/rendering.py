"""Messages as words: subject, plain text and HTML from a message's folder, in the reader's language and time zone.

A message is a folder `messages/<name>/` of any room. A plain one has the single file `message.txt`, which extends
`mail/parts.txt` and fills its blocks `subject`, `words`, `action` and `reason`; text and HTML are made from the same
words, so they can't differ. One with a look of its own has `subject.txt`, `text.txt` and `body.html`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates
from django.utils import timezone, translation

from tallystick.core.text import clean_name

log = logging.getLogger(__name__)

SUBJECT = 78
"""Characters of a subject at most, so that it stays on one line (RFC 5322, 2.1.1)."""

HTML = 30_000
"""Bytes of HTML at most (quality bar 83): mail programs cut longer ones off."""

_BULLET = "• "


@dataclass(frozen=True)
class Rendered:
    """A message in words. `text` says the same as `html`."""

    subject: str
    text: str
    html: str


def render_message(name: str, context: Mapping[str, Any], language: str, time_zone: str = "UTC") -> Rendered:
    """Render a message. The templates also get `message`, `language`, `time_zone`, `base_url` and `subject`.

    Raises `TemplateDoesNotExist` for an unknown message, `ValueError` for one that is too long.
    """
    known = {"message": name, "language": language, "time_zone": time_zone, "base_url": settings.BASE_URL}
    with translation.override(language), timezone.override(ZoneInfo(time_zone)):
        rendered = _from_parts(name, {**known, **context}) or _from_three(name, {**known, **context})
    html = rendered.html
    if len(html.encode()) > HTML:
        raise ValueError(f"The message {name!r} has {len(html.encode())} bytes of HTML; {HTML} are the most.")
    return rendered


def _from_parts(name: str, context: dict[str, Any]) -> Rendered | None:
    """A message of one file, rendered once for each of its parts; None when it has three."""
    plain = _engine(plain=True)
    try:
        message = plain.get_template(f"{name}/message.txt")
    except TemplateDoesNotExist:
        return None

    def part(wanted: str) -> str:
        return _tidy(message.render({**context, "part": wanted})).strip()

    paragraphs = part("words").split("\n\n")
    full = {
        **context,
        "subject": _one_line(part("subject")),
        "blocks": [_block(paragraph) for paragraph in paragraphs],
        "preview": paragraphs[0],
        "action_label": part("action"),
        "reason": part("reason"),
    }
    return _whole(full, "mail/notice.txt", "mail/notice.html")


def _block(paragraph: str) -> dict[str, Any]:
    """A paragraph as its sentences and, where lines begin with a bullet, the items of a list."""
    lines = paragraph.split("\n")
    items = [line[len(_BULLET) :] for line in lines if line.startswith(_BULLET)]
    return {
        "words": "\n".join(line for line in lines if not line.startswith(_BULLET)),
        "listed": items,
        "text": paragraph,
    }


def _from_three(name: str, context: dict[str, Any]) -> Rendered:
    subject = _one_line(_engine(plain=True).get_template(f"{name}/subject.txt").render(context))
    return _whole({**context, "subject": subject}, f"{name}/text.txt", f"{name}/body.html")


def _whole(context: dict[str, Any], text: str, html: str) -> Rendered:
    return Rendered(
        str(context["subject"]),
        _tidy(_engine(plain=True).get_template(text).render(context)),
        _engine(plain=False).get_template(html).render(context).strip(),
    )


@cache
def _engine(*, plain: bool) -> DjangoTemplates:
    """Templates of messages, without the pages' context. Plain text isn't escaped."""
    folders = [Path(app.path) / "messages" for app in apps.get_app_configs()]
    folders += [Path(app.path) / "templates" / "messages" for app in apps.get_app_configs()]
    return DjangoTemplates(
        {
            "NAME": "messages",
            "DIRS": [folder for folder in folders if folder.is_dir()],
            "APP_DIRS": True,
            "OPTIONS": {"autoescape": not plain, "builtins": ["django.templatetags.i18n", "django.templatetags.tz"]},
        }
    )


def _one_line(subject: str) -> str:
    line = clean_name(subject)
    return line if len(line) <= SUBJECT else f"{line[: SUBJECT - 1].rstrip()}…"


def _tidy(text: str) -> str:
    """No spaces at line ends, no more than one empty line in a row: templates leave many."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"
