"""Addresses of asking others to connect apps, the same on both desks."""

from django.urls import path

from tallystick.web import asking

_LINK = "books/<uuid:organisation_id>/client-connect/"
_ASKS = "books/<uuid:organisation_id>/asks/"
_ONE = f"{_ASKS}<uuid:invitation_id>/"

asking_urls = [
    path(_LINK, asking.client_connect, name="client_connect"),
    path(f"{_LINK}link/", asking.client_connect_link, name="client_connect_link"),
    path(f"{_LINK}replacement/", asking.client_connect_replacement, name="client_connect_replacement"),
    path(f"{_ASKS}new/", asking.new_ask, name="new_ask"),
    path(f"{_ASKS}link/", asking.new_ask_link, name="new_ask_link"),
    path(f"{_ASKS}preview/", asking.new_ask_preview, name="new_ask_preview"),
    path(_ONE, asking.ask, name="ask"),
    path(f"{_ONE}sending/", asking.ask_sending, name="ask_sending"),
    path(f"{_ONE}withdrawal/", asking.ask_withdrawal, name="ask_withdrawal"),
    path(f"{_ONE}address/", asking.ask_address, name="ask_address"),
]
