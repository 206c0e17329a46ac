"""How Django finds the person of a session, and checks an address with a password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from tallystick.accounts.addresses import Address
from tallystick.accounts.models.contacts import person_with
from tallystick.accounts.models.people import User


class Accounts(BaseBackend):
    """Accounts are found by a proved contact."""

    def authenticate(
        self, request: HttpRequest | None, address: Address | None = None, password: str | None = None, **_rest: Any
    ) -> User | None:
        """The person with this proved address and password. One password is hashed whatever is known of the address."""
        if address is None or password is None:
            return None
        person = person_with(address)
        if person is None:
            User().set_password(password)
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: UUID) -> User | None:
        """The person of a session, unless the account is closed."""
        return next(iter(User.objects.raw("select * from accounts_user where id = %s and is_active", [user_id])), None)
