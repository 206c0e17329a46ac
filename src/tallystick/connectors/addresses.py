"""Which addresses may be connected to: public ones. A name is looked up once, and what was checked is what is called."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress

import httpcore2

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class NotPublic(Exception):
    """A name leads to addresses of which none is public."""


def is_public(address: IPAddress) -> bool:
    """May a program of the operator's network call this address? Not loopback, private, link-local, metadata,
    multicast or reserved ones, nor IPv6 forms that hold such an IPv4 address.
    """
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: IPAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


async def public_addresses(host: str, port: int) -> list[str]:
    """The public addresses of a host, in the resolver's order. Raises NotPublic when it has others only, OSError when none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    public = [address for address in addresses if is_public(ipaddress.ip_address(address.split("%")[0]))]
    if not public:
        raise NotPublic
    return list(dict.fromkeys(public))


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Opens connections to public addresses only, but for those origins that are named: the sandbox."""

    def __init__(self, trusted: frozenset[tuple[str, int]] = frozenset()) -> None:
        self.trusted = trusted
        self.network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Looks the name up, and connects to a checked address of it. Raises NotPublic, or httpcore's errors."""
        try:
            async with asyncio.timeout(timeout):
                addresses = [host] if (host, port) in self.trusted else await public_addresses(host, port)
                return await self._first_of(addresses, port, socket_options)
        except TimeoutError as late:
            raise httpcore2.ConnectTimeout from late
        except (OSError, UnicodeError) as trouble:
            raise httpcore2.ConnectError from trouble

    async def _first_of(
        self, addresses: list[str], port: int, socket_options: Iterable[httpcore2.SOCKET_OPTION] | None
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first address that takes one."""
        *others, last = addresses
        for address in others:
            with suppress(httpcore2.ConnectError):
                return await self.network.connect_tcp(address, port, socket_options=socket_options)
        return await self.network.connect_tcp(last, port, socket_options=socket_options)
