"""The parts pages are made of: what they render, and that nothing of a reader's input is lost or trusted."""

import re
from types import SimpleNamespace

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from tallystick.web.context import Page
from tallystick.web.templatetags.look import STATES, StateLook, icon, initials, message_tone, state_look, tone_icon

pytestmark = pytest.mark.urls("tests.web.frame_urls")


class Ask(forms.Form):
    email = forms.EmailField(
        label="Owner’s address", help_text="Where to ask.", error_messages={"invalid": "Write it in full."}
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    reach = forms.ChoiceField(label="Which?", widget=forms.RadioSelect, choices=[("all", "All"), ("some", "Some")])
    sure = forms.BooleanField(label="I am sure", required=False)
    secret = forms.CharField(label="Password", widget=forms.PasswordInput)
    version = forms.CharField(widget=forms.HiddenInput, required=False)


def field(name: str, form: forms.Form | None = None) -> str:
    return render_to_string("parts/field.html", {"field": (form or Ask())[name]}).strip()


def test_a_field_has_a_label_and_a_hint_that_belongs_to_it() -> None:
    shown = field("email")
    assert '<label for="id_email">Owner’s address</label>' in shown
    assert 'aria-describedby="id_email_helptext"' in shown
    assert 'id="id_email_helptext"' in shown


def test_a_mistake_stands_at_its_field_and_what_was_typed_is_kept() -> None:
    shown = field("email", Ask({"email": "bob@<b>"}))
    assert "Write it in full." in shown
    assert 'value="bob@&lt;b&gt;"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_email_helptext id_email_error"' in shown
    assert 'id="id_email_error"' in shown


def test_what_may_be_left_out_says_so() -> None:
    assert "(optional)" in field("note")
    assert "(optional)" not in field("email")
    assert "(optional)" not in field("sure")


def test_a_choice_is_a_group_with_its_question() -> None:
    shown = field("reach", Ask({}))
    assert "<fieldset" in shown
    assert re.search(r"<legend>\s*Which\?", shown)
    assert shown.count('type="radio"') == 2


def test_a_password_can_be_shown() -> None:
    assert re.search(r'<button[^>]+data-show="id_secret"[^>]+hidden>', field("secret"))


def test_a_hidden_field_is_only_itself() -> None:
    assert field("version") == '<input type="hidden" name="version" id="id_version">'


def test_the_summary_leads_to_each_mistake() -> None:
    form = Ask({"email": "bob@", "secret": "x"})
    form.add_error(None, "This was answered already.")
    shown = render_to_string("parts/errors.html", {"form": form})
    assert "3 things need a change" in shown
    assert '<a href="#id_email">Write it in full.</a>' in shown
    assert 'href="#id_reach_0"' in shown
    assert "<li>This was answered already.</li>" in shown


def test_without_mistakes_there_is_no_summary() -> None:
    assert render_to_string("parts/errors.html", {"form": Ask()}).strip() == ""


def test_a_page_with_mistakes_says_so_in_its_title(client: Client) -> None:
    page = client.get("/components/page/?wrong=1").content.decode()
    assert "<title>Error: About you – Tallystick</title>" in page
    assert page.count('class="errors"') == 1


def test_a_state_is_never_told_by_colour_alone() -> None:
    for state in STATES:
        shown = render_to_string("parts/badge.html", {"state": state})
        assert "<svg" in shown
        assert str(STATES[state].label) in shown


def test_a_state_nobody_thought_of_is_shown_calmly() -> None:
    assert state_look("half_done") == StateLook("calm", "circle-dashed", "Half done")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Bob’s Bikes", "BB"), ("Alice", "A"), ("Bright & Sons", "BS"), ("", "?"), ("  ", "?"), ("élan vital", "ÉV")],
)
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_icons_are_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in icon("check")
    assert icon("check") is icon("check")


def test_tones_have_icons_and_messages_have_tones() -> None:
    assert tone_icon("warn") == "triangle-alert"
    assert tone_icon("purple") == "info"
    assert [message_tone(level) for level in ("success", "warning", "error", "debug")] == [
        "good",
        "warn",
        "bad",
        "info",
    ]


def test_a_button_without_a_kind_is_the_main_one_and_an_empty_kind_is_not() -> None:
    assert '<button class="button primary"' in render_to_string("parts/button.html", {"label": "Go"})
    assert '<button class="button "' in render_to_string("parts/button.html", {"label": "Go", "kind": ""})


def test_a_name_is_never_markup() -> None:
    shown = render_to_string("parts/avatar.html", {"name": "<script> x"})
    assert "<script>" not in shown


def a_page(rf: RequestFactory, **attributes: object) -> Page:
    request = rf.get("/")
    for name, value in attributes.items():
        setattr(request, name, value)
    return Page(request)


def tenant(name: str, *, current: bool = False, side: str = "business") -> SimpleNamespace:
    return SimpleNamespace(name=name, kind=side, side=side, url=f"/{name}/", current=current)


def test_a_page_of_nobody_has_nothing_to_switch(rf: RequestFactory) -> None:
    page = a_page(rf)
    assert (page.person, page.actor, page.tenant, page.tenants, page.navigation, page.notices) == (
        None,
        None,
        None,
        [],
        [],
        0,
    )


def test_tenants_are_asked_for_only_when_shown(rf: RequestFactory) -> None:
    asked: list[int] = []

    def answer() -> list[SimpleNamespace]:
        asked.append(1)
        return [tenant("bob", current=True)]

    page = a_page(rf, tenants=answer)
    assert asked == []
    assert page.tenant.name == "bob"
    assert page.tenants[0].name == "bob"
    assert asked == [1]


def test_one_tenant_needs_no_switcher(rf: RequestFactory) -> None:
    shown = render_to_string("parts/switcher.html", {"page": a_page(rf, tenants=[tenant("bob", current=True)])})
    assert "<details" not in shown
    assert "bob" in shown


@pytest.mark.parametrize(("count", "searchable"), [(8, False), (9, True)])
def test_a_long_list_of_tenants_can_be_searched(rf: RequestFactory, count: int, *, searchable: bool) -> None:
    tenants = [tenant(f"t{number}", current=number == 0) for number in range(count)]
    shown = render_to_string("parts/switcher.html", {"page": a_page(rf, tenants=tenants)})
    assert ("data-filter" in shown) is searchable
    assert shown.count('aria-current="true"') == 1


def test_the_desk_marks_the_place_it_shows(client: Client) -> None:
    page = client.get("/components/desk/").content.decode()
    assert page.count('aria-current="page"') == 1
    assert "<title>Clients – Alice Accounting – Tallystick</title>" in page
