"""What every page says to the browser about itself (quality bar 9, 68, 92)."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from tallystick.web.middleware.headers import SecurityHeaders, content_policy

pytestmark = pytest.mark.urls("tests.web.frame_urls")


def answer(request: HttpRequest, response: HttpResponse | None = None) -> HttpResponse:
    given = response or HttpResponse("hello")
    return SecurityHeaders(lambda _: given)(request)


def test_a_page_loads_nothing_from_another_host(client: Client) -> None:
    policy = client.get("/components/")["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_nobody_frames_a_page(rf: RequestFactory) -> None:
    response = answer(rf.get("/"))
    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a_page_keeps_to_itself(rf: RequestFactory) -> None:
    response = answer(rf.get("/"))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_a_view_may_send_its_form_to_an_app(client: Client) -> None:
    assert "form-action 'self' https://shop.example;" in client.get("/shop/")["Content-Security-Policy"]


def test_what_is_added_to_none_replaces_it() -> None:
    response = HttpResponse()
    response.csp_font_src = ["'self'"]  # type: ignore[attr-defined]
    assert "font-src 'self';" in content_policy(response)


@pytest.mark.parametrize("source", ["https://a.example; script-src *", "a b", "", "a,b", "a\r\nb"])
def test_a_source_that_smuggles_is_refused(source: str) -> None:
    response = HttpResponse()
    response.csp_form_action = [source]  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="form-action"):
        content_policy(response)


def test_a_policy_the_view_set_itself_stays(rf: RequestFactory) -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "sandbox", "Cache-Control": "max-age=60"})
    response = answer(rf.get("/"), own)
    assert response["Content-Security-Policy"] == "sandbox"
    assert response["Cache-Control"] == "max-age=60"


def test_a_page_for_somebody_signed_in_is_not_kept(rf: RequestFactory, settings: pytest.FixtureRequest) -> None:
    request = rf.get("/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "some"  # type: ignore[attr-defined]
    assert answer(request)["Cache-Control"] == "no-store"


def test_an_answer_to_a_form_is_not_kept(rf: RequestFactory) -> None:
    assert answer(rf.post("/"))["Cache-Control"] == "no-store"


def test_a_strangers_page_is_asked_for_again(rf: RequestFactory) -> None:
    assert answer(rf.get("/"))["Cache-Control"] == "no-cache"


@override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=False)
def test_https_is_for_a_year(rf: RequestFactory) -> None:
    assert answer(rf.get("/"))["Strict-Transport-Security"] == "max-age=31536000"


@override_settings(SECURE_HSTS_SECONDS=0)
def test_a_site_without_https_promises_none(rf: RequestFactory) -> None:
    assert "Strict-Transport-Security" not in answer(rf.get("/"))


def test_errors_carry_the_headers_too(client: Client) -> None:
    assert "default-src 'none'" in client.get("/nowhere/")["Content-Security-Policy"]
