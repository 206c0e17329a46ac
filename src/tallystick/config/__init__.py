"""Puts the house together: settings, addresses, command line, processes, demo."""
