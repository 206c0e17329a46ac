"""Tests of the pages for trying out."""
