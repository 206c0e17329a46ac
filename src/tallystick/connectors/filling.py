"""Filling `{placeholders}`: into addresses, where nothing may break out, into headers, forms and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import OurFault

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")
ADDRESS = re.compile(r"(https?://[^/?#]*)(.*)", re.DOTALL)
HEADER_VALUE = re.compile(r"[\x20-\x7e]*")

Values = Mapping[str, str]


def placeholders(template: str) -> list[str]:
    """The names that a template wants filled."""
    return PLACEHOLDER.findall(template)


def fill(template: str, values: Values) -> str:
    """A template with its values as they are. Raises OurFault for a value that nobody gave."""
    return PLACEHOLDER.sub(lambda found: _value(values, found[1]), template)


def fill_address(template: str, values: Values) -> str:
    """An address with its values. What stands after the host is percent-encoded, so that no value adds a path,
    a query or a fragment; what stands in the host must have been matched against its input's pattern before.
    """
    found = ADDRESS.fullmatch(template)
    if found is None:
        raise OurFault(f"{template} is no address")
    return fill(found[1], values) + PLACEHOLDER.sub(lambda name: _quoted(_value(values, name[1])), found[2])


def fill_header(template: str, values: Values) -> str:
    """A header's value. Raises OurFault when a value holds what a header cannot."""
    value = fill(template, values)
    if not HEADER_VALUE.fullmatch(value):
        raise OurFault("a value cannot be sent in a header")
    return value


def fill_all(templates: Values, values: Values) -> dict[str, str]:
    """Several templates by name."""
    return {name: fill(template, values) for name, template in templates.items()}


def fill_through(template: Any, values: Values) -> Any:
    """A JSON value with the texts in it filled, however deep. Braces that hold more than one name stay as they are."""
    if isinstance(template, str):
        return fill(template, values)
    if isinstance(template, dict):
        return {key: fill_through(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [fill_through(value, values) for value in template]
    return template


def texts_in(template: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(template, str):
        yield template
    elif isinstance(template, dict):
        for value in template.values():
            yield from texts_in(value)
    elif isinstance(template, list):
        for value in template:
            yield from texts_in(value)


def origin_of(entry: str) -> str:
    """A host of the allow-list as an origin: https unless it says otherwise."""
    return entry if "://" in entry else f"https://{entry}"


def allowed_origins(connector: Connector, inputs: Values) -> frozenset[str]:
    """The origins that may be contacted for these inputs. A host whose input was not given is not among them."""
    origins = (origin_of(host) for host in connector.hosts)
    return frozenset(
        fill(origin, inputs).lower() for origin in origins if all(name in inputs for name in placeholders(origin))
    )


def _value(values: Values, name: str) -> str:
    if name not in values:
        raise OurFault(f"{name} is needed and was not kept")
    return values[name]


def _quoted(value: str) -> str:
    # A lone dot or two would be a step up the path, and encoding leaves dots as they are.
    if value in {"", ".", ".."}:
        raise OurFault("a value is no part of an address")
    return quote(value, safe="")
