"""The five outside apps that are played here: what each is called, what it shares, and how its tokens behave."""

from dataclasses import dataclass
from typing import Literal

Rotation = Literal["always", "never", "sometimes"]
StaffOutcome = Literal["page", "redirect", "dead_end"]
WebhookStyle = Literal["body_digest", "address_and_body", "standard", "timestamped"]

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Permission:
    """One thing a person can let an outside program do. `fixed`: it cannot be left out on the consent page."""

    name: str
    label: str
    fixed: bool = False
    managers: bool = True


@dataclass(frozen=True)
class OutsideApp:
    """One app. Lives are in seconds; `refresh_life` None means a refresh token never ends by itself."""

    slug: str
    name: str
    plays: str
    tagline: str
    account_word: str
    part_word: str
    permissions: tuple[Permission, ...]
    webhook_style: WebhookStyle
    webhook_secret: str
    topics: dict[str, str]
    scope_separator: str = " "
    access_life: int = HOUR
    refresh_life: int | None = None
    rotation: Rotation = "always"
    grace: int = 0
    grace_until_used: bool = False
    consent_days: int | None = None
    reads_per_day: int | None = None
    staff: StaffOutcome = "page"
    picks_parts: bool = False
    keyed: bool = False

    @property
    def permission_names(self) -> list[str]:
        """The names of all permissions, in the order of the consent page."""
        return [permission.name for permission in self.permissions]


SHOP = OutsideApp(
    slug="shop",
    name="Larkstall",
    plays="An online shop. It asks for the shop's name first.",
    tagline="Open your stall to the world",
    account_word="shop",
    part_word="",
    permissions=(
        Permission("read_orders", "See your orders"),
        Permission("read_products", "See your products"),
        Permission("read_customers", "See your customers' names"),
        Permission("read_payouts", "See what is paid out to you", managers=False),
    ),
    webhook_style="body_digest",
    webhook_secret="",
    topics={
        "uninstalled": "app/uninstalled",
        "revoked": "app/uninstalled",
        "expiring": "app/access_expiring",
        "restored": "app/installed",
    },
    scope_separator=",",
    refresh_life=90 * DAY,
    grace_until_used=True,
)

TILL = OutsideApp(
    slug="till",
    name="Tinkertill",
    plays="A till. One yes covers several locations; the program picks one.",
    tagline="The till that rings true",
    account_word="business",
    part_word="location",
    permissions=(
        Permission("merchant.read", "See your business's name and locations", fixed=True),
        Permission("payments.read", "See your payments"),
        Permission("orders.read", "See your sales"),
        Permission("payouts.read", "See what is paid out to you", managers=False),
    ),
    webhook_style="address_and_body",
    webhook_secret="till-webhook-secret",  # noqa: S106, documented: it proves nothing
    topics={
        "uninstalled": "oauth.authorization.revoked",
        "revoked": "oauth.authorization.revoked",
        "expiring": "oauth.authorization.expiring",
        "restored": "oauth.authorization.granted",
    },
    access_life=30 * DAY,
    rotation="never",
    staff="redirect",
)

BANK = OutsideApp(
    slug="bank",
    name="Otterbank",
    plays="A bank. A yes ends after 90 days; each account may be read four times a day.",
    tagline="Banking, quietly",
    account_word="customer",
    part_word="account",
    permissions=(
        Permission("accounts", "See the names of your accounts", fixed=True),
        Permission("balances", "See what is in them"),
        Permission("transactions", "See what was paid in and out"),
    ),
    webhook_style="standard",
    webhook_secret="whsec_b3R0ZXJiYW5rLXNhbmRib3gtd2ViaG9vay1rZXk=",  # noqa: S106, documented: it proves nothing
    topics={
        "uninstalled": "consent.revoked",
        "revoked": "consent.revoked",
        "expiring": "consent.expiring",
        "restored": "consent.granted",
    },
    consent_days=90,
    reads_per_day=4,
    picks_parts=True,
)

LEDGER = OutsideApp(
    slug="ledger",
    name="Quillstone",
    plays="A ledger. One yes covers several companies.",
    tagline="Books that balance",
    account_word="login",
    part_word="company",
    permissions=(
        Permission("company.read", "See your companies' names", fixed=True),
        Permission("invoices.read", "See invoices"),
        Permission("payments.read", "See payments on invoices"),
        Permission("bank.read", "See bank lines in the books", managers=False),
        Permission("offline_access", "Keep seeing this while you are away"),
    ),
    webhook_style="body_digest",
    webhook_secret="ledger-webhook-secret",  # noqa: S106, documented: it proves nothing
    topics={
        "uninstalled": "CONNECTION.REMOVED",
        "revoked": "CONNECTION.REMOVED",
        "expiring": "CONNECTION.EXPIRING",
        "restored": "CONNECTION.ADDED",
    },
    access_life=30 * MINUTE,
    refresh_life=60 * DAY,
    grace=30 * MINUTE,
    staff="dead_end",
    picks_parts=True,
)

PAYMENTS = OutsideApp(
    slug="payments",
    name="Paddlepay",
    plays="A payment service. One makes a key there and pastes it.",
    tagline="Money that floats",
    account_word="account",
    part_word="",
    permissions=(
        Permission("account.read", "See the account's name", fixed=True),
        Permission("charges.read", "See charges"),
        Permission("payouts.read", "See payouts"),
    ),
    webhook_style="timestamped",
    webhook_secret="payments-webhook-secret",  # noqa: S106, documented: it proves nothing
    topics={
        "uninstalled": "key.deleted",
        "revoked": "key.deleted",
        "expiring": "key.expiring",
        "restored": "key.created",
    },
    keyed=True,
)

APPS: dict[str, OutsideApp] = {app.slug: app for app in (SHOP, TILL, BANK, LEDGER, PAYMENTS)}
