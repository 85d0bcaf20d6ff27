"""How costs grow: with stored sessions, open ones, viewers and hubs. `make bench-growth`."""
