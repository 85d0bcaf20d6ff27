"""The hub beside others of its kind, in one run: `make bench-peers`, or `python -m bench.peers [part …]`."""
