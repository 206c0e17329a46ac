"""The switches of an app: how it is told to be slow, broken, strict or odd."""

from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar

from tallystick_sandbox.apps import OutsideApp

Kind = Literal["seconds", "count", "yes_no", "choice", "text"]

FAULTS = (
    "none",
    "hang",
    "hang_after",
    "drop_before",
    "drop_after",
    "cut_short",
    "drip",
    "500",
    "503",
    "429",
    "401",
    "403",
    "html",
    "error_in_200",
    "invalid_grant",
    "invalid_client",
    "redirect",
    "huge_body",
)


def switch(label: str, kind: Kind, *, default: object, choices: tuple[str, ...] = (), optional: bool = False) -> Any:
    """A field that people and scripts can set. `optional`: it may be empty (null)."""
    metadata = {"label": label, "kind": kind, "choices": choices, "optional": optional}
    return field(default=default, metadata=metadata)


@dataclass
class Place:
    """What happens to requests of one sort. With `next` set, only to that many; then all is well again."""

    slow: float = switch("Wait before doing it (seconds)", "seconds", default=0.0)
    slow_after: float = switch("Wait after doing it, before answering (seconds)", "seconds", default=0.0)
    fault: str = switch("Go wrong like this", "choice", default="none", choices=FAULTS)
    retry_after: int | None = switch(
        "Retry-After to send with 503 and 429 (seconds)", "count", default=None, optional=True
    )
    next: int | None = switch("Only for this many requests", "count", default=None, optional=True)


@dataclass
class Answer:
    """How a good answer of the token endpoint is made odd."""

    expires_in: str = switch(
        "Life of the access token, as told",
        "choice",
        default="right",
        choices=("right", "absent", "null", "text", "word", "zero", "negative", "huge"),
    )
    refresh_token: bool = switch("Give a refresh token", "yes_no", default=True)
    big_tokens: bool = switch("Tokens of 16 kB", "yes_no", default=False)
    scope: bool = switch("Say which permissions were given", "yes_no", default=True)
    next: int | None = switch("Only for this many answers", "count", default=None, optional=True)


@dataclass
class Callback:
    """How the return to the program is made odd."""

    iss: str = switch("The iss parameter", "choice", default="right", choices=("right", "wrong", "absent"))
    state: str = switch("The state parameter", "choice", default="right", choices=("right", "wrong", "absent"))
    hmac: str = switch(
        "The hmac parameter (shop only)", "choice", default="right", choices=("right", "wrong", "absent")
    )
    shop: str = switch(
        "The shop parameter (shop only)", "choice", default="right", choices=("right", "wrong", "absent")
    )
    next: int | None = switch("Only for this many returns", "count", default=None, optional=True)


@dataclass
class Tokens:
    """How tokens live and die."""

    access_life: int = switch("Life of an access token (seconds)", "count", default=3600)
    refresh_life: int | None = switch("Life of a refresh token (seconds)", "count", default=None, optional=True)
    rotation: str = switch(
        "A refresh gives a new refresh token", "choice", default="always", choices=("always", "never", "sometimes")
    )
    grace: int = switch("The previous refresh token still works for (seconds)", "count", default=0)
    grace_until_used: bool = switch("The previous one works until its successor is used", "yes_no", default=False)
    reuse_revokes: bool = switch("An old token or code used again ends the consent", "yes_no", default=True)
    pkce_required: bool = switch("PKCE is a must", "yes_no", default=True)
    client_known: bool = switch("The program's id and secret are known", "yes_no", default=True)


@dataclass
class Consents:
    """What people are asked, and for how long their yes holds."""

    days: int | None = switch("A yes holds for (days)", "count", default=None, optional=True)
    reads_per_day: int | None = switch("Reads of an account per day", "count", default=None, optional=True)
    staff: str = switch(
        "Staff who may not share get", "choice", default="page", choices=("page", "redirect", "dead_end")
    )
    old_consent: str = switch(
        "A consent that is renewed by name",
        "choice",
        default="until_new_is_used",
        choices=("stands", "until_new_is_used", "until_new_is_given"),
    )
    earlier_companies: bool = switch("List companies of this person's earlier consents too", "yes_no", default=False)
    answer_as: str = switch("Say yes at once, as this person", "text", default="")
    answer: str = switch("The answer given at once", "choice", default="yes", choices=("yes", "no"))


@dataclass
class Webhooks:
    """Where this app tells what happened."""

    url: str = switch("Address", "text", default="")
    secret: str = switch("Secret", "text", default="")
    automatic: bool = switch("Send when a person or a switch ends a consent", "yes_no", default=True)


@dataclass
class Switches:
    """All switches of one app."""

    token: Place = field(default_factory=Place)
    api: Place = field(default_factory=Place)
    authorise: Place = field(default_factory=Place)
    revoke: Place = field(default_factory=Place)
    answer: Answer = field(default_factory=Answer)
    callback: Callback = field(default_factory=Callback)
    tokens: Tokens = field(default_factory=Tokens)
    consents: Consents = field(default_factory=Consents)
    webhooks: Webhooks = field(default_factory=Webhooks)


Group = Place | Answer | Callback | Tokens | Consents | Webhooks

TITLES = {
    "token": "Token endpoint",
    "api": "Reading records",
    "authorise": "Sign-in and consent pages",
    "revoke": "Revocation endpoint",
    "answer": "Token answers",
    "callback": "The way back to the program",
    "tokens": "Lives and rotation",
    "consents": "Consents",
    "webhooks": "Webhooks",
}


class WrongSwitches(Exception):
    """What was asked for cannot be set. `faults` has one sentence for each thing that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


def default_switches(app: OutsideApp, webhooks_url: str = "", client_secret: str = "") -> Switches:
    """The switches as the app has them when nobody has touched them."""
    return Switches(
        tokens=Tokens(
            access_life=app.access_life,
            refresh_life=app.refresh_life,
            rotation=app.rotation,
            grace=app.grace,
            grace_until_used=app.grace_until_used,
        ),
        consents=Consents(days=app.consent_days, reads_per_day=app.reads_per_day, staff=app.staff),
        webhooks=Webhooks(url=webhooks_url.replace("{app}", app.slug), secret=app.webhook_secret or client_secret),
    )


def switches_in(group: Group) -> "list[Field[Any]]":
    """The switches of a group, each with its label, kind and choices as metadata."""
    return list(fields(group))


def as_values(switches: Switches) -> dict[str, dict[str, Any]]:
    """All switches as plain values, by group and name."""
    return asdict(switches)


def set_switches(switches: Switches, wanted: object) -> None:
    """Sets what is named and leaves the rest.

    Raises WrongSwitches, and then nothing is changed, when a name or a value is wrong.
    """
    if not isinstance(wanted, dict):
        raise WrongSwitches(['Send an object such as {"token": {"fault": "503"}}.'])
    faults: list[str] = []
    changes: list[tuple[Group, str, object]] = []
    for group_name, values in wanted.items():
        group: Group | None = getattr(switches, group_name, None) if group_name in TITLES else None
        if group is None or not isinstance(values, dict):
            faults.append(f"There is no group {group_name!r} of switches. Groups: {', '.join(TITLES)}.")
            continue
        faults += faults_in(group_name, group, values)
        changes += [(group, name, value) for name, value in values.items()]
    if faults:
        raise WrongSwitches(faults)
    for group, name, value in changes:
        setattr(group, name, value)


def faults_in(group_name: str, group: Group, values: dict[str, object]) -> list[str]:
    """A sentence for each name that the group does not have and each value that does not fit."""
    known = {each.name: each for each in switches_in(group)}
    faults = []
    for name, value in values.items():
        if name not in known:
            faults.append(f"There is no switch {group_name}.{name}. Switches: {', '.join(known)}.")
        elif fault := what_is_wrong(known[name], value):
            faults.append(f"{group_name}.{name} is {value!r}: {fault}")
    return faults


def what_is_wrong(each: "Field[Any]", value: object) -> str:
    """A sentence on why a value does not fit a switch, or "" when it fits."""
    if value is None:
        return "" if each.metadata["optional"] else "it cannot be empty."
    fits, sentence = {
        "yes_no": (isinstance(value, bool), "it must be true or false."),
        "seconds": (within(value, 3600), "it must be a number from 0 to 3600."),
        "count": (isinstance(value, int) and within(value, 10**9), "it must be a whole number, 0 or more."),
        "choice": (value in each.metadata["choices"], f"it must be one of {', '.join(each.metadata['choices'])}."),
        "text": (isinstance(value, str), "it must be text."),
    }[each.metadata["kind"]]
    return "" if fits else sentence


def within(value: object, most: float) -> bool:
    """Whether a value is a number from 0 to `most`; true and false are no numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def from_form(group: Group, form: dict[str, str]) -> dict[str, object]:
    """The values of one group as a page sends them: all text, a box that is not ticked being absent."""
    values: dict[str, object] = {}
    for each in switches_in(group):
        kind, text = each.metadata["kind"], form.get(each.name, "").strip()
        if kind == "yes_no":
            values[each.name] = each.name in form
        elif not text and each.metadata["optional"]:
            values[each.name] = None
        elif kind in ("seconds", "count"):
            values[each.name] = number_in(text, whole=kind == "count")
        else:
            values[each.name] = text
    return values


def number_in(text: str, *, whole: bool) -> object:
    """The number that a text is, or the text itself, so that the check can name it."""
    try:
        return int(text) if whole else float(text)
    except ValueError:
        return text


Counted = TypeVar("Counted", Place, Answer, Callback)


def use_up(group: Counted) -> Counted:
    """The group as it holds for this request. Counts one off when it holds for a number of requests only."""
    now = type(group)(**{each.name: getattr(group, each.name) for each in switches_in(group)})
    if group.next is not None:
        if group.next <= 0:
            return type(group)()
        group.next -= 1
        if group.next == 0:
            put_back(group)
    return now


def put_back(group: Group) -> None:
    """All switches of a group as they are when nobody has touched them."""
    for each in switches_in(group):
        if each.default is not MISSING:
            setattr(group, each.name, each.default)
