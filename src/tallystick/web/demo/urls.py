"""Addresses of the pages for trying out."""

from django.urls import path

from tallystick.web.demo import mailbox

app_name = "demo"
urlpatterns = [
    path("mailbox/", mailbox.index, name="mailbox"),
    path("mailbox/<uuid:letter_id>/", mailbox.show, name="letter"),
    path("mailbox/<uuid:letter_id>/text/", mailbox.text, name="letter_text"),
    path("mailbox/<uuid:letter_id>/html/", mailbox.html, name="letter_html"),
]
