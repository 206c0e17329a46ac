"""Pages for what went wrong, and for a no: plain, neutral, with a way on."""

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from tallystick.web import errors
from tallystick.web.middleware.refusals import came_from

pytestmark = pytest.mark.urls("tests.web.frame_urls")


def test_every_unknown_address_gets_the_same_bytes(client: Client) -> None:
    first, second = client.get("/i/one-token/"), client.get("/f/alice/clients/7/?q=x")
    assert first.status_code == second.status_code == 404
    assert first.content == second.content


def test_an_unknown_address_is_told_in_plain_words(client: Client) -> None:
    page = client.get("/nowhere/").content.decode()
    assert "We can’t find this page" in page
    assert 'href="/"' in page
    assert "csrf" not in page


def test_a_neutral_page_can_be_read_in_dutch(client: Client) -> None:
    assert 'href="?language=nl"' in client.get("/nowhere/").content.decode()
    assert '<html lang="nl">' in client.get("/nowhere/?language=nl").content.decode()


def test_who_may_not_is_told_whom_to_ask(client: Client) -> None:
    response = client.get("/forbid/")
    assert response.status_code == 403
    assert "Ask an owner or admin" in response.content.decode()


def test_a_no_has_its_message_its_next_step_and_its_status(client: Client) -> None:
    response = client.get("/refuse/")
    page = response.content.decode()
    assert response.status_code == 409
    assert "Bob is the last owner of Bob’s Bikes." in page
    assert "Make somebody else owner first." in page


DEADLOCK, SERIALIZATION, CANCELLED = "40P01", "40001", "57014"


@pytest.mark.django_db
@pytest.mark.parametrize("state", [DEADLOCK, SERIALIZATION])
def test_whoever_lost_to_somebody_who_pressed_at_once_is_told_to_try_again(
    client: Client, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.post(f"/broken-off/{state}/", headers={"Referer": "http://testserver/b/bob/people/"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Two things were pressed here at the same moment, so this one was not done." in page
    assert "Try it once more." in page
    assert 'href="/b/bob/people/"' in page
    assert f"broke off a verb ({state})" in caplog.text  # whoever runs the site learns of it


@pytest.mark.django_db
def test_in_a_form_they_keep_what_they_typed(client: Client) -> None:
    page = client.post(f"/rename/{DEADLOCK}/", {"name": "Bob’s Bikes"}).content.decode()
    assert 'value="Bob’s Bikes"' in page
    assert "so this one was not done. Try it once more." in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/broken-off/", "/rename/"])
def test_any_other_trouble_of_the_database_is_a_failure(client: Client, path: str) -> None:
    with pytest.raises(OperationalError):
        client.post(f"{path}{CANCELLED}/", {"name": "Bob’s Bikes"})


def test_a_no_leads_back_to_where_it_was_asked(client: Client) -> None:
    page = client.post("/refuse/", headers={"Referer": "http://testserver/b/bob/people/?q=1"}).content.decode()
    assert 'href="/b/bob/people/?q=1"' in page


@pytest.mark.parametrize(
    "referer", ["https://evil.example/", "javascript:alert(1)", "", "http://testserver//evil.example/"]
)
def test_a_no_leads_to_no_other_site(rf: RequestFactory, referer: str) -> None:
    assert came_from(rf.post("/x/", headers={"Referer": referer})) == "/"


def test_a_no_does_not_lead_to_itself(rf: RequestFactory) -> None:
    assert came_from(rf.get("/x/", headers={"Referer": "http://testserver/x/"})) == "/"


def test_a_no_to_a_part_of_a_page_is_a_part(client: Client) -> None:
    response = client.get("/refuse/", headers={"HX-Request": "true"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "<html" not in page
    assert 'role="alert"' in page


def test_a_form_from_an_old_page_is_told_so() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sent/")
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_our_own_fault_is_not_blamed_on_the_reader(rf: RequestFactory) -> None:
    response = errors.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "It is not your fault." in response.content.decode()


def test_away_says_when_to_come_again(rf: RequestFactory) -> None:
    response = errors.unavailable(rf.get("/"))
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 503])
def test_no_page_blames_or_shows_codes(client: Client, status: int) -> None:
    page = client.get(f"/components/error/{status}/").content.decode().lower()
    for word in ("invalid", "forbidden", "oops", str(status), "traceback"):
        assert word not in page.split("<main", 1)[1]
