"""The pages of the switches and of the log, for people. They work without a script."""

from dataclasses import Field
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from tallystick_sandbox.apps import APPS, OutsideApp
from tallystick_sandbox.frame import button, error_summary, form, page
from tallystick_sandbox.html import Child, Markup, h
from tallystick_sandbox.switches import TITLES, Group, default_switches, switches_in
from tallystick_sandbox.webhooks import Postman
from tallystick_sandbox.world import Consent, World

# The buttons that one wants most often: what each says, and what it sets.
BREAKAGES: dict[str, dict[str, dict[str, object]]] = {
    "down": {"token": {"fault": "503"}, "api": {"fault": "503"}, "authorise": {"fault": "503"}},
    "slow": {"token": {"slow": 15}, "api": {"slow": 15}},
    "hanging": {"token": {"fault": "hang"}, "api": {"fault": "hang"}},
    "html": {"token": {"fault": "html"}},
    "too_many": {"api": {"fault": "429", "retry_after": 60}},
    "lost_answer": {"token": {"fault": "drop_after", "next": 1}},
}
BREAKAGE_WORDS = {
    "down": "Break it: answer 503",
    "slow": "Make it slow: 15 seconds",
    "hanging": "Make it hang",
    "html": "Answer HTML for tokens",
    "too_many": "Answer 429 for a minute at a time",
    "lost_answer": "Lose the next token answer",
}
ACTION_WORDS = {
    "revoke": "Revoke all consents",
    "expire-access": "End all access tokens now",
    "expire-consent": "End all consents now",
    "let-go": "Let go of what hangs",
}
FAULT_WORDS = {
    "none": "not at all",
    "hang": "hang, doing nothing",
    "hang_after": "do it, then hang",
    "drop_before": "drop the connection, doing nothing",
    "drop_after": "do it, then drop the connection",
    "cut_short": "do it, send half the answer",
    "drip": "do it, send one byte a second",
    "html": "answer a page of HTML",
    "error_in_200": "answer 200 with an error inside",
    "redirect": "send the caller elsewhere",
    "huge_body": "answer 6 MB",
}
STATE_WORDS = {"active": "active", "expired": "ended", "revoked": "revoked", "replaced": "replaced"}


def is_touched(world: World, app: OutsideApp) -> list[str]:
    """The switches of an app that are not as they come, as sentences such as "Token endpoint: fault 503"."""
    usual = default_switches(app, world.webhooks_url, world.switches[app.slug].webhooks.secret)
    touched = []
    for name, title in TITLES.items():
        now, then = getattr(world.switches[app.slug], name), getattr(usual, name)
        for each in switches_in(now):
            value = getattr(now, each.name)
            if value != getattr(then, each.name):
                touched.append(f"{title}: {each.metadata['label'].lower()}: {value}")
    return touched


def overview(world: World) -> Response:
    """All apps: is it well, and a button for each common way to break it."""
    cards = [overview_card(world, app) for app in APPS.values()]
    return page(
        "Switches",
        h.p("Break an app here, and watch what the program that reads from it does about it."),
        h.ul(cards, class_="cards"),
        h.div(
            form("/reset?keep=consents", button("Mend everything, keep the consents", kind="main")),
            form("/reset", button("Forget everything", kind="danger")),
            class_="buttons",
        ),
        h.p(f"The time here is {world_time(world)}."),
    )


def world_time(world: World) -> str:
    """The sandbox's own time."""
    shift = f", moved by {round(world.clock_shift)} seconds" if world.clock_shift else ""
    return f"{datetime.fromtimestamp(world.now(), UTC):%Y-%m-%d %H:%M} UTC{shift}"


def overview_card(world: World, app: OutsideApp) -> Markup:
    """One app on the overview."""
    touched = is_touched(world, app)
    live = sum(world.is_live(consent) for consent in world.consents_of(app.slug))
    hidden = h.input(type="hidden", name="back", value="overview")
    breaks = [
        form(
            f"/switches/{app.slug}/actions/break/",
            hidden,
            h.input(type="hidden", name="how", value=how),
            button(words, kind="small"),
        )
        for how, words in BREAKAGE_WORDS.items()
        if not (app.keyed and how in ("html", "lost_answer"))
    ]
    acts = [
        form(f"/switches/{app.slug}/actions/{name}/", hidden, button(words, kind="small"))
        for name, words in ACTION_WORDS.items()
        if not (app.keyed and name.startswith("expire"))
    ]
    mend = form(f"/switches/{app.slug}/actions/mend/", hidden, button(f"Mend {app.name}", kind="main small"))
    return h.li(
        h.h2(h.a(app.name, href=f"/switches/{app.slug}/")),
        h.p(app.plays),
        h.p(h.span("as it comes", class_="state active") if not touched else h.span("changed", class_="state revoked")),
        h.ul([h.li(sentence) for sentence in touched]) if touched else None,
        None if app.keyed else h.p(f"Live consents: {live}"),
        h.div(breaks, acts, mend if touched else None, class_="buttons"),
        id=app.slug,
    )


def app_page(world: World, postman: Postman, app: OutsideApp, faults: list[str] | None = None) -> Response:
    """All switches of one app, its consents and its webhooks."""
    groups = [group_form(world, app, name, title) for name, title in TITLES.items()]
    return page(
        f"Switches of {app.name}",
        h.p(app.plays),
        [error_summary(sentence) for sentence in faults or []],
        form(f"/switches/{app.slug}/actions/mend/", button(f"Put all switches of {app.name} back", kind="main")),
        h.h2("Consents") if not app.keyed else h.h2("Keys"),
        consent_cards(world, app),
        webhook_part(postman, app),
        h.div(groups, class_="groups"),
        h.p("For scripts: ", h.code(f"PATCH /switches/{app.slug}"), " with JSON. GET shows all names."),
        status=422 if faults else 200,
    )


def group_form(world: World, app: OutsideApp, name: str, title: str) -> Markup:
    """One group of switches, with its own button."""
    group: Group = getattr(world.switches[app.slug], name)
    rows = [switch_row(name, each, getattr(group, each.name)) for each in switches_in(group)]
    return h.section(
        form(f"/switches/{app.slug}/set/{name}/", h.h2(title), rows, button(f"Set: {title.lower()}"), class_="panel"),
        id=name,
    )


def switch_row(group: str, each: "Field[Any]", value: object) -> Markup:
    """One switch: its words and its field."""
    field_id, kind, label = f"{group}-{each.name}", each.metadata["kind"], each.metadata["label"]
    if kind == "yes_no":
        box = h.input(type="checkbox", name=each.name, value="on", checked=bool(value))
        return h.label(box, h.span(label), class_="tick")
    if kind == "choice":
        options = [
            h.option(FAULT_WORDS.get(choice, choice.replace("_", " ")), value=choice, selected=choice == value)
            for choice in each.metadata["choices"]
        ]
        return h.p(h.label(label, for_=field_id), h.select(options, id=field_id, name=each.name))
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    mode = "decimal" if kind == "seconds" else "numeric" if kind == "count" else None
    field = h.input(id=field_id, name=each.name, value=text, inputmode=mode, autocomplete="off")
    return h.p(h.label(label, for_=field_id), field)


def consent_cards(world: World, app: OutsideApp) -> Child:
    """The consents of an app, each with its own buttons; at the payment service the keys."""
    if app.keyed:
        keys = [key for key in world.keys.values() if not key.revoked]
        return h.ul(
            [
                h.li(
                    h.p(h.strong(key.name), f" – {key.person}, {'can write' if key.kind == 'sk' else 'read only'}"),
                    consent_button(app, "revoke", key.id, "Delete"),
                )
                for key in keys
            ],
            class_="cards",
        )
    consents = world.consents_of(app.slug)[:50]
    return h.ul([consent_card(world, app, each) for each in consents], class_="cards") if consents else h.p("None yet.")


def consent_card(world: World, app: OutsideApp, consent: Consent) -> Markup:
    """One consent."""
    state = world.state_of(consent)
    ends = f", ends in {(consent.ends_at - world.now()) / 86400:.1f} days" if consent.ends_at is not None else ""
    buttons = [
        consent_button(app, "revoke", consent.id, "Revoke"),
        consent_button(app, "expire-access", consent.id, "End access tokens"),
        consent_button(app, "expire-consent", consent.id, "End in 5 days", days="5"),
        consent_button(app, "expire-consent", consent.id, "End now", days="0"),
        consent_button(app, "send-webhook", consent.id, "Send “soon to end”", kind="expiring"),
    ]
    return h.li(
        h.p(
            h.strong(consent.account_id), f" by {consent.person} ", h.span(STATE_WORDS[state], class_=f"state {state}")
        ),
        h.p(f"{', '.join(consent.permissions)}; refreshed {consent.refreshes} times{ends}"),
        h.p(h.small(consent.id)),
        h.div(buttons, class_="buttons") if state == "active" else None,
    )


def consent_button(app: OutsideApp, action: str, consent: str, words: str, **values: str) -> Markup:
    """A button that does one thing to one consent."""
    fields = [h.input(type="hidden", name=name, value=value) for name, value in {"consent": consent, **values}.items()]
    return form(f"/switches/{app.slug}/actions/{action}/", fields, button(words, kind="small"))


def webhook_part(postman: Postman, app: OutsideApp) -> Child:
    """The messages that were sent lately, each to be sent again."""
    messages = list(postman.sent[app.slug])[-10:][::-1]
    if not messages:
        return None
    rows = [
        h.li(
            h.p(h.strong(app.topics[message.kind]), f" to {message.url}: {', '.join(message.attempts) or 'under way'}"),
            form(
                f"/switches/{app.slug}/actions/replay-webhook/",
                h.input(type="hidden", name="message", value=message.id),
                button("Send it again", kind="small"),
            ),
        )
        for message in messages
    ]
    return [h.h2("Webhooks sent"), h.ul(rows, class_="cards")]


def log(world: World) -> Response:
    """Counters and the latest requests of each app."""
    return page("Log", [log_part(world, app) for app in APPS.values()])


def log_part(world: World, app: OutsideApp) -> Child:
    """One app's part of the log."""
    journal = world.journals[app.slug]
    counters = [h.div(h.dt(name.replace("_", " ")), h.dd(count)) for name, count in sorted(journal.counters.items())]
    rows = [
        h.tr(
            h.td(entry["at"][11:19]),
            h.td(entry["method"], " ", entry["path"]),
            h.td(entry["status"] if entry["status"] is not None else "dropped"),
            h.td(entry.get("outcome", "")),
            h.td(f"{entry['milliseconds']} ms"),
        )
        for entry in list(journal.requests)[-20:][::-1]
    ]
    heads = [h.th(words, scope="col") for words in ("Time", "Request", "Answer", "Outcome", "Took")]
    table = h.table(h.caption(f"Latest requests to {app.name}"), h.thead(h.tr(heads)), h.tbody(rows))
    return h.section(
        h.h2(app.name),
        h.dl(counters, class_="counters") if counters else h.p("Nothing was asked yet."),
        h.div(table, class_="scroll", tabindex="0", role="region", aria_label=f"Latest requests to {app.name}")
        if rows
        else None,
    )
