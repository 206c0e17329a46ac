"""Choosing a logo, and what everybody gets at its address."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tallystick.organisations.models import FirmLogo
from tests.organisations.test_logos import jpeg, png
from tests.support.cast import Cast
from tests.support.desks import Desk


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk.of(cast.alice_seat)


def chosen(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", content, content_type="text/html")


def address(cast: Cast) -> str:
    cast.firm.refresh_from_db()
    return f"/logo/{cast.firm.pk}/{cast.firm.logo_digest}/"


def test_a_logo_is_chosen_shown_and_removed(desk: Desk, cast: Cast) -> None:
    page = desk.send("settings/logo/", logo=chosen(png()))
    assert "This is your logo now." in page
    assert f'src="{address(cast)}"' in page
    assert f'src="{address(cast)}"' in desk.read("settings/")
    page = desk.send("settings/logo/removal/")
    assert "<img" not in page
    assert not FirmLogo.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a PNG or JPEG picture of at most 200 kB."),
        (b"<html>", "This is no PNG or JPEG picture."),
        (png(weight=200_001), "This picture has 201 kB."),
        (png(1201, 3), "This picture is 1201 by 3 pixels."),
        (bytes(1_100_000), "Choose a PNG or JPEG picture of at most 200 kB."),
    ],
)
def test_what_is_no_logo_is_said_in_a_plain_sentence(desk: Desk, content: bytes, sentence: str) -> None:
    assert sentence in desk.mistake("settings/logo/", logo=chosen(content))
    assert not FirmLogo.objects.exists()


def test_nothing_chosen_says_what_to_choose(desk: Desk) -> None:
    assert "Choose a PNG or JPEG picture of at most 200 kB." in desk.mistake("settings/logo/")


@pytest.mark.parametrize(("content", "kind"), [(png(), "image/png"), (jpeg(), "image/jpeg")])
def test_everybody_gets_it_as_what_it_is_and_may_keep_it(cast: Cast, client: Client, content: bytes, kind: str) -> None:
    FirmLogo.put(cast.firm, content, by=cast.as_alice)
    answer = client.get(address(cast))
    assert answer.content == content
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers


def test_the_address_of_an_older_logo_shows_nothing(cast: Cast, client: Client) -> None:
    FirmLogo.put(cast.firm, png(), by=cast.as_alice)
    old = address(cast)
    FirmLogo.put(cast.firm, jpeg(), by=cast.as_alice)
    assert client.get(old).status_code == 404
    FirmLogo.remove(cast.firm, by=cast.as_alice)
    assert client.get(address(cast).replace("//", "/00000000/")).status_code == 404


def test_staff_and_outsiders_do_not_choose_it(cast: Cast) -> None:
    stella = Desk.of(cast.stella_seat)
    charlie = Desk(cast.charlie, cast.firm)
    for desk, status in ((stella, 403), (charlie, 404)):
        assert desk.opens("settings/logo/") == status
        assert desk.answers("settings/logo/", logo=chosen(png())) == status
        assert desk.answers("settings/logo/removal/") == status
    assert not FirmLogo.objects.exists()
