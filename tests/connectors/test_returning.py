"""A return is believed only when it is this attempt's, whole, and from the app."""

from dataclasses import replace

import pytest

from tallystick.connectors import catalogue, failures, returning
from tallystick.connectors.values import Callback, Expected

TILL = "iss=http%3A%2F%2F127.0.0.1%3A8100%2Ftill"


def come_back(query: str, slug: str = "sandbox-till", state: str = "state-1") -> Callback:
    return returning.check_callback(catalogue.get(slug), query, Expected(state, {}))


def test_a_parameter_twice_is_no_return_of_ours() -> None:
    assert come_back(f"code=c&state=state-1&{TILL}").code == "c"
    with pytest.raises(failures.ReturnRefused):
        come_back(f"code=c&code=d&state=state-1&{TILL}")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=state-1",
        f"state=state-1&code=&{TILL}",
        f"state=state-1&code=%00&{TILL}",
        f"state=state-1&code=%FF&{TILL}",
        f"state=state-1&code={'c' * 9000}&{TILL}",
        "&".join(f"p{number}=" for number in range(60)),
    ],
)
def test_what_cannot_be_read_is_refused(query: str) -> None:
    with pytest.raises(failures.ReturnRefused):
        come_back(query)


def test_an_attempt_without_a_state_has_no_return() -> None:
    with pytest.raises(failures.ReturnRefused):
        come_back(f"code=c&state=&{TILL}", state="")


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ("error=access_denied", failures.SaidNo),
        ("error=access_denied&error_description=Only+an+owner+or+manager+may+share+this.", failures.NoRight),
        ("error=temporarily_unavailable", failures.AppBusy),
        ("error=server_error", failures.AppBusy),
        ("error=invalid_scope", failures.OurFault),
        ("error=unauthorized_client", failures.OurFault),
        ("error=consent_required", failures.SaidNo),
    ],
)
def test_what_the_app_says_instead_of_a_code(said: str, failure: type[failures.TalkFailed]) -> None:
    with pytest.raises(failure) as no:
        come_back(f"{said}&state=state-1&{TILL}")
    assert type(no.value) is failure


def test_a_no_for_another_attempt_is_not_ours_either() -> None:
    with pytest.raises(failures.ReturnRefused):
        come_back(f"error=access_denied&state=another&{TILL}")


def test_the_state_by_which_an_attempt_is_found() -> None:
    assert returning.state_in("code=c&state=state-1") == "state-1"
    assert returning.state_in("state=a&state=b") == ""
    assert returning.state_in("code=c") == ""


def test_a_signature_cannot_be_moved_over_the_joints() -> None:
    assert returning.sign({"a": "1&b=2"}, "k") != returning.sign({"a": "1", "b": "2"}, "k")
    assert returning.sign({"a=b": "c"}, "k") != returning.sign({"a": "b=c"}, "k")


def test_what_is_kept_is_one_plain_word() -> None:
    query = "code=c&state=state-1&realmId="
    assert come_back(query + "9130", "quickbooks-online").kept == {"realmId": "9130"}
    for odd in ("", "a b", "a%0Ab", "%C3%A9", "9" * 300):
        with pytest.raises(failures.ReturnRefused):
            come_back(query + odd, "quickbooks-online")


def test_without_our_secret_no_signature_is_believed() -> None:
    shopify = replace(catalogue.get("shopify"), client=None)
    with pytest.raises(failures.NotSetUp):
        returning.check_callback(shopify, "code=c&state=state-1&hmac=x", Expected("state-1", {"shop": "apple"}))
