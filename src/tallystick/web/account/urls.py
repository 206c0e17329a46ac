"""Addresses of signing in and of one's own account."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
