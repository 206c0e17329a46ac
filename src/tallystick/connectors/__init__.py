"""The outside apps that people can connect: what we know of each, as data, and how to talk with them. No tables.

`catalogue` has the apps, `talking`, `returning` and `hearing` the verbs, `values` and `failures` what they give and raise.
"""
