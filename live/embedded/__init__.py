"""A mongod and a Valkey of our own, for `live up` and for tests: found, started, watched, stopped.

They listen on the loopback only, each in a process group of its own (Ctrl-C reaches the hub first), and end when we do,
whatever the reason. One that ends while it should run is started again on its port. One directory belongs to one
`servers` at a time; `store` is its MongoDB for a command that only needs that.
"""

from live.embedded.directory import DataUnusable
from live.embedded.mongod import Mongod
from live.embedded.programs import NoServer, ending_with_us
from live.embedded.server import NotStarted, Server
from live.embedded.store import NoData, store
from live.embedded.valkey import Valkey
from live.embedded.watched import Addresses, servers

__all__ = [
    "Addresses",
    "DataUnusable",
    "Mongod",
    "NoData",
    "NoServer",
    "NotStarted",
    "Server",
    "Valkey",
    "ending_with_us",
    "servers",
    "store",
]
