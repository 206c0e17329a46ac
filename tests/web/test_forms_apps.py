"""What an app wants to be told first: typed, pasted, or chosen among what there is."""

from __future__ import annotations

from dataclasses import replace

from tallystick.connectors import catalogue
from tallystick.connectors.definition import Input
from tallystick.connectors.words import Text
from tallystick.web.forms.apps import InputsForm


def words(said: str) -> Text:
    return Text({"en": said})


PLACE = Input("place", "", "", words("Where is it?"), words("As in its web address."), choices={
    "eu": words("Europe"), "us": words("America")
})  # fmt: skip


def form(**typed: str) -> InputsForm:
    return InputsForm(typed, connector=replace(catalogue.get("shopify"), inputs=(PLACE,)))


def test_what_can_be_chosen_is_shown_in_the_apps_words_and_taken() -> None:
    shown = form(place="eu")
    assert [(each.data["value"], each.choice_label) for each in shown["place"].subwidgets] == [
        ("eu", "Europe"), ("us", "America")
    ]  # fmt: skip
    assert shown.is_valid()
    assert shown.inputs() == {"place": "eu"}


def test_what_cannot_be_chosen_is_refused_at_the_field() -> None:
    assert form(place="mars").errors["place"]
    assert form().errors["place"] == ["Choose one."]
