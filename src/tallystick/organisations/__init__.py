"""Firms, businesses and their organisations; who is a member, in which role."""
