"""A hub is killed at every place at which it can stand still between the receipt of an event and its ack.

`make failpoints` finds those places by itself (`hub`, `path`), and lets the oracle of `tests/chaos` judge after each.
"""
