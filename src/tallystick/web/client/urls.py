"""Addresses of whoever was asked. The token stands in the first one only."""

from django.urls import path

from tallystick.web.client import invitation, proof, reference, standing

_ASK = "i/<uuid:invitation_id>/"
_APP = f"{_ASK}apps/<slug:slug>/"
_LINK = "c/<uuid:link_id>/"

urlpatterns = [
    path(_ASK, invitation.show, name="invitation"),
    path(f"{_ASK}declining/", invitation.declining, name="invitation_declining"),
    path(f"{_ASK}new-link/", invitation.new_link, name="invitation_new_link"),
    path(f"{_ASK}proof/", proof.proof, name="invitation_proof"),
    path(f"{_ASK}proof/code/", proof.code, name="invitation_code"),
    path(f"{_ASK}proof/code/new/", proof.new_code, name="invitation_new_code"),
    path(_APP, invitation.app, name="invitation_app"),
    path(f"{_APP}declining/", invitation.declining, name="ask_declining"),
    path(f"{_APP}passing-on/", invitation.passing_on, name="ask_passing_on"),
    path(f"{_APP}restoring/", invitation.restoring, name="ask_restoring"),
    path(f"{_APP}disconnection/", invitation.disconnection, name="ask_disconnection"),
    path("i/<str:token>/", invitation.first_hop, name="invitation_link"),
    path(_LINK, standing.show, name="client_connect"),
    path(f"{_LINK}apps/<slug:slug>/", standing.app, name="client_connect_app"),
    path("c/<str:token>/", standing.first_hop, name="client_connect_link"),
    path("r/", reference.reference, name="reference"),
    path("r/code/", reference.reference_code, name="reference_code"),
]
