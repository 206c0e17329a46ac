"""Addresses of those who run this site."""

from django.urls import path

from tallystick.web.operator import firms

app_name = "operator"
urlpatterns = [
    path("firms/", firms.index, name="firms"),
    path("firms/<uuid:firm_id>/approval/", firms.approval, name="approval"),
]
