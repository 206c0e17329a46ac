"""The pages of a trip: who are you, may this program read that, and why not."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

from starlette.responses import Response

from tallystick_sandbox.apps import OutsideApp
from tallystick_sandbox.frame import button, error_summary, form, page, tick
from tallystick_sandbox.html import Child, Markup, h
from tallystick_sandbox.people import CAST, NUMBERED_SHOP, Login, Person, person_called
from tallystick_sandbox.world import Consent, Visit


@dataclass(frozen=True)
class Chosen:
    """What a person sent from the consent page."""

    answer: str
    permissions: list[str]
    parts: list[str]


def chosen_in(body: str) -> Chosen:
    """The answer, the ticked permissions and the ticked parts of a consent page."""
    fields = parse_qs(body, max_num_fields=200)
    return Chosen(fields.get("answer", [""])[0], fields.get("permission", []), fields.get("part", []))


def on_day(moment: float) -> str:
    """A day as people write it, with its zone."""
    day = datetime.fromtimestamp(moment, UTC)
    return f"{day.day} {day:%B %Y} (UTC)"


def people_offered(shop: str = "") -> list[Person]:
    """Who can be chosen on a sign-in page: the cast, and the owner of a numbered shop first."""
    numbered = NUMBERED_SHOP.fullmatch(shop)
    owner = person_called(f"owner-{numbered[1]}") if numbered else None
    return [*([owner] if owner else []), *CAST.values()]


def sign_in_form(app: OutsideApp, action: str, people: list[Person], error: str = "") -> list[Child]:
    """One button for each person, and a field for those who are numbered."""
    choices = [
        h.li(button([h.strong(person.name), h.span(person.about)], name="person", value=person.slug, kind="person"))
        for person in people
    ]
    other = h.details(
        h.summary("Somebody else"),
        form(
            action,
            h.label("Short name, such as owner-17", for_="person"),
            h.input(id="person", name="person", autocomplete="off", autocapitalize="off", required=True),
            button("Sign in"),
        ),
        open=bool(error),
    )
    return [
        error_summary(error),
        h.p("Pick who you are. No password is asked."),
        form(action, h.ul(choices, class_="people")),
        other,
    ]


def sign_in(app: OutsideApp, visit: Visit, error: str = "") -> Response:
    """Who are you? Its form may lead back to the program: some people are sent straight back."""
    action = f"/{app.slug}/visits/{visit.id}/sign-in/"
    where = h.p("Shop: ", h.strong(visit.shop)) if visit.shop else None
    people = sign_in_form(app, action, people_offered(visit.shop), error)
    return page(f"Sign in to {app.name}", where, people, app=app, goes_to=visit.redirect_uri)


def who_bar(app: OutsideApp, visit: Visit, person: Person) -> Markup:
    """Who is signed in, with the way to be somebody else."""
    other = form(f"/{app.slug}/visits/{visit.id}/sign-out/", button("Sign in as somebody else", kind="link"))
    return h.div(h.p("You are ", h.strong(person.name), "."), other, class_="who")


def consent(
    app: OutsideApp, visit: Visit, login: Login, *, ends_at: float | None, old: Consent | None, error: str = ""
) -> Response:
    """May this program read that?"""
    action = f"/{app.slug}/visits/{visit.id}/answer/"
    return page(
        f"Let {visit.client.name} see {login.account.name}?",
        who_bar(app, visit, login.person),
        error_summary(error),
        standing_note(visit, old),
        form(
            action,
            h.fieldset(h.legend(f"What {visit.client.name} asks"), permission_ticks(app, visit, login)),
            part_choice(app, login),
            h.p(until_when(app, visit, ends_at)),
            h.div(
                button("Yes, share this", name="answer", value="yes", kind="main"),
                button("No, do not share", name="answer", value="no", kind="quiet"),
                class_="buttons",
            ),
        ),
        app=app,
        goes_to=visit.redirect_uri,
    )


def permission_ticks(app: OutsideApp, visit: Visit, login: Login) -> list[Child]:
    """A box for each permission that is asked; a sentence for one that is not this person's to give."""
    ticks: list[Child] = []
    for permission in app.permissions:
        if permission.name not in visit.permissions:
            continue
        if login.role != "owner" and not permission.managers:
            ticks.append(h.p(f"Only the owner can share: {permission.label.lower()}.", class_="hint"))
        else:
            ticks.append(tick("permission", permission.name, permission.label, fixed=permission.fixed))
    return ticks


def part_choice(app: OutsideApp, login: Login) -> Markup | None:
    """Which accounts or companies; where the app does not ask, which locations are covered."""
    if not login.parts:
        return None
    if app.picks_parts:
        ticks = [tick("part", part.id, part.name) for part in login.parts]
        return h.fieldset(h.legend(f"Which {plural(app.part_word)}?"), ticks)
    names = ", ".join(part.name for part in login.parts)
    return h.p(f"This covers: {names}.")


def plural(word: str) -> str:
    """More than one of these."""
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def until_when(app: OutsideApp, visit: Visit, ends_at: float | None) -> str:
    """How long the yes holds, and how to end it."""
    stop = f"You can stop it at {app.name} at any time."
    return f"This ends on {on_day(ends_at)}. {stop}" if ends_at is not None else f"This holds until you stop it. {stop}"


def standing_note(visit: Visit, old: Consent | None) -> Markup | None:
    """That the person has said yes before."""
    if old is None:
        return None
    end = f" It ends on {on_day(old.ends_at)}." if old.ends_at is not None else ""
    return h.p(
        f"You shared this with {visit.client.name} before.{end} If you say no now, nothing changes.", class_="note"
    )


def back_button(app: OutsideApp, visit: Visit) -> Markup:
    """The way back to the program, which counts as a no."""
    words = f"Go back to {visit.client.name}"
    return form(f"/{app.slug}/visits/{visit.id}/answer/", button(words, name="answer", value="no", kind="main"))


def may_not_share(app: OutsideApp, visit: Visit, login: Login, *, dead_end: bool) -> Response:
    """Staff may not let a program in. A dead end has no way back, as at some apps."""
    return page(
        "You cannot share this",
        who_bar(app, visit, login.person),
        h.p(f"Only an owner or manager of {login.account.name} can let {visit.client.name} in. Please ask them."),
        None if dead_end else back_button(app, visit),
        app=app,
        status=403,
        goes_to=visit.redirect_uri,
    )


def no_login_here(app: OutsideApp, visit: Visit, person: Person) -> Response:
    """This person does not work at this shop."""
    return page(
        "You have no login for this shop",
        who_bar(app, visit, person),
        h.p("You are not a member of ", h.strong(visit.shop), ". Sign in as somebody who is, or go back."),
        back_button(app, visit),
        app=app,
        status=403,
        goes_to=visit.redirect_uri,
    )


def already_answered(app: OutsideApp, visit: Visit) -> Response:
    """Back never repeats an act."""
    said = "You said yes." if visit.answered == "yes" else "You said no. Nothing was shared."
    return page(
        "You have answered this", h.p(f"{said} To begin again, go back to {visit.client.name}."), app=app, status=409
    )


def visit_over(app: OutsideApp) -> Response:
    """The trip took too long, or never was."""
    return page("This page has ended", h.p("Go back to where you came from and begin again."), app=app, status=410)


def program_at_fault(app: OutsideApp, sentence: str) -> Response:
    """The program is not one of ours, or wants the person sent to an unknown address: stay here."""
    return page("We cannot let this program in", h.p(sentence), h.p("Nothing was shared."), app=app, status=400)


def no_such_shop(app: OutsideApp, shop: str) -> Response:
    """There is no shop of this name."""
    return page(
        "There is no such shop",
        h.p("No shop is called ", h.strong(shop), ". Go back and check the name." if shop else "…"),
        h.p("Open here: bobs-bakery, charlies-cycles, danas-diner, and shop-1, shop-2 and so on."),
        app=app,
        status=404,
    )
