"""Where a request comes from: for limits, and so that people recognise their own sessions."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# One customer of an internet provider has at least this much of IPv6 to himself (RFC 6177).
_ONE_CUSTOMER = {4: 32, 6: 64}


def ip_of(request: HttpRequest) -> str:
    """The address the request came from; behind the proxy that a site with https has, the one this proxy saw."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_SITE else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def source_of(request: HttpRequest) -> str:
    """What limits are counted by: an IPv4 address, or the /64 of IPv6. `unknown` for no address."""
    return _network(ip_of(request), _ONE_CUSTOMER) or "unknown"


def network_of(request: HttpRequest) -> str:
    """The wider network, /24 or /48: enough to recognise one's own place by. Empty for no address."""
    return _network(ip_of(request), {4: 24, 6: 48})


def _network(ip: str, lengths: dict[int, int]) -> str:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, lengths[address.version]), strict=False))
