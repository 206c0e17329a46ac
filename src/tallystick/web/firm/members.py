"""The people of the firm."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from tallystick.web import people
from tallystick.web.requests import FirmRequest


@require_GET
def index(request: FirmRequest, firm: str) -> HttpResponse:
    """Everybody who has a seat here."""
    return people.members_page(request)


@require_GET
def show(request: FirmRequest, firm: str, member_id: UUID) -> HttpResponse:
    """One person."""
    return people.member_page(request, member_id)


def role(request: FirmRequest, firm: str, member_id: UUID) -> HttpResponse:
    """Another role."""
    return people.role_page(request, member_id)


def hold(request: FirmRequest, firm: str, member_id: UUID) -> HttpResponse:
    """Hold a seat up."""
    return people.hold_page(request, member_id)


@require_POST
def release(request: FirmRequest, firm: str, member_id: UUID) -> HttpResponse:
    """Give a seat back."""
    return people.release_action(request, member_id)


@require_POST
def sign_out(request: FirmRequest, firm: str, member_id: UUID) -> HttpResponse:
    """Sign a person out on every device."""
    return people.sign_out_action(request, member_id)


def ending(request: FirmRequest, firm: str, member_id: UUID) -> HttpResponse:
    """End a seat."""
    return people.ending_page(request, member_id)
