"""Whose language and whose clock a page uses, and how to change it."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from tallystick.accounts.models import User
from tallystick.web.context import Page
from tallystick.web.language import choose_language
from tallystick.web.middleware.language import PersonLanguage, spoken_to, zone_of

pytestmark = pytest.mark.urls("tests.web.frame_urls")


def a_request(
    rf: RequestFactory, path: str = "/", *, browser: str = "", cookie: str = "", **person: str
) -> HttpRequest:
    request = rf.get(path, headers={"Accept-Language": browser})
    if cookie:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie
    request.user = SimpleNamespace(is_authenticated=bool(person), **person)  # type: ignore[assignment]
    return request


def test_a_stranger_is_spoken_to_as_the_browser_asks(rf: RequestFactory) -> None:
    assert spoken_to(a_request(rf, browser="nl-BE,nl;q=0.9,en;q=0.5")) == "nl"


def test_a_language_we_do_not_speak_is_english(rf: RequestFactory) -> None:
    assert spoken_to(a_request(rf, browser="tlh")) == "en"


def test_what_was_chosen_here_goes_before_the_browser(rf: RequestFactory) -> None:
    assert spoken_to(a_request(rf, browser="en", cookie="nl")) == "nl"


def test_a_persons_own_language_goes_before_both(rf: RequestFactory) -> None:
    assert spoken_to(a_request(rf, browser="en", cookie="en", language="nl")) == "nl"


def test_a_person_with_an_unknown_language_is_no_trouble(rf: RequestFactory) -> None:
    assert spoken_to(a_request(rf, browser="nl", language="xx")) == "nl"


def test_an_address_can_ask_for_a_language_once(rf: RequestFactory) -> None:
    assert spoken_to(a_request(rf, "/?language=nl", language="en")) == "nl"
    assert spoken_to(a_request(rf, "/?language=../../etc", browser="en")) == "en"


def test_times_are_the_persons_own(rf: RequestFactory) -> None:
    assert zone_of(a_request(rf, time_zone="Europe/Amsterdam")) == ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd"])
def test_an_unknown_place_has_the_houses_clock(rf: RequestFactory, name: str) -> None:
    assert zone_of(a_request(rf, time_zone=name)) is None


def test_language_and_clock_hold_for_one_request(rf: RequestFactory) -> None:
    seen: list[tuple[str | None, str]] = []

    def view(_: HttpRequest) -> HttpResponse:
        seen.append((translation.get_language(), timezone.get_current_timezone_name()))
        return HttpResponse()

    response = PersonLanguage(view)(a_request(rf, language="nl", time_zone="Asia/Tokyo"))
    assert seen == [("nl", "Asia/Tokyo")]
    assert response["Content-Language"] == "nl"
    assert "Accept-Language" in response["Vary"]
    assert translation.get_language() == "en"


def test_the_choice_comes_back_to_the_same_place(client: Client) -> None:
    page = client.get("/components/page/?wrong=1")
    assert '<input type="hidden" name="next" value="/components/page/?wrong=1">' in page.content.decode()
    response = client.post("/i18n/setlang/", {"language": "nl", "next": "/components/page/?wrong=1"})
    assert response["Location"] == "/components/page/?wrong=1"
    assert '<html lang="nl">' in client.get("/components/page/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "kept"), [("nl", "nl"), ("xx", "en")])
def test_somebody_signed_in_keeps_the_choice(rf: RequestFactory, language: str, kept: str) -> None:
    bob = User.objects.create(name="Bob")
    request = rf.post("/i18n/setlang/", {"language": language, "next": "/me/"})
    request.user = bob
    assert choose_language(request)["Location"] == "/me/"
    bob.refresh_from_db()
    assert bob.language == kept


def test_the_choice_leads_to_no_other_site(client: Client) -> None:
    response = client.post("/i18n/setlang/", {"language": "nl", "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_the_page_after_a_form_goes_back_to_where_the_form_stood(rf: RequestFactory) -> None:
    request = rf.post("/withdrawal/", headers={"Referer": "http://testserver/invitation/?tab=1"})
    assert Page(request).place == "/invitation/?tab=1"
    strange = rf.post("/withdrawal/", headers={"Referer": "https://evil.example/x"})
    assert Page(strange).place == "/withdrawal/"
