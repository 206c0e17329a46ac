"""Addresses of those who run this site."""

from django.urls import path

from tallystick.web.operator import firms, sessions

app_name = "operator"
urlpatterns = [
    path("firms/", firms.index, name="firms"),
    path("sessions/ending/", sessions.ending, name="sessions_ending"),
    path("firms/<uuid:firm_id>/approval/", firms.approval, name="approval"),
]
