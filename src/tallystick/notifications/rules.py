"""Which fact calls for which messages: one line per kind."""

from collections.abc import Callable, Sequence

from tallystick.audit.models import Fact

Rule = Callable[[Fact], None]

RULES: dict[str, Sequence[Rule]] = {}
