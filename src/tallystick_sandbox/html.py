"""Writing HTML in Python: every text is escaped, unless it was made here."""

from collections.abc import Callable, Iterable
from html import escape

VOID = {"br", "hr", "img", "input", "link", "meta"}


class Markup(str):
    """Text that is HTML already, and is therefore written as it is."""

    __slots__ = ()


Child = str | int | float | None | Iterable["Child"]
Attribute = str | int | float | bool | None


def write(child: Child) -> str:
    """One child, or many, as HTML. Nothing is written for None."""
    if child is None:
        return ""
    if isinstance(child, Markup):
        return str(child)
    if isinstance(child, str | int | float):
        return escape(str(child))
    return "".join(write(each) for each in child)


def write_attributes(attributes: dict[str, Attribute]) -> str:
    """Attributes with a leading space each. True gives the bare name; None and False give nothing."""
    written = []
    for name, value in attributes.items():
        spelled = name.rstrip("_").replace("_", "-")
        if value is True:
            written.append(f" {spelled}")
        elif value is not None and value is not False:
            written.append(f' {spelled}="{escape(str(value))}"')
    return "".join(written)


class Elements:
    """`h.p("text", class_="note")` gives `<p class="note">text</p>`."""

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        def make(*children: Child, **attributes: Attribute) -> Markup:
            opening = f"<{name}{write_attributes(attributes)}>"
            return Markup(opening if name in VOID else f"{opening}{write(children)}</{name}>")

        return make


h = Elements()
