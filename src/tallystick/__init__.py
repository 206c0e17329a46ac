"""Tallystick: clients hand over access to their books, never passwords."""
