"""Made-up conversations without end, so that the wall moves: `live up --demo`.

    cast      who takes part: names, agents
    talk      writes one conversation, beat by beat
    courses   the conversations themselves: one function each
    stage     keeps a handful of them running over the ingest sockets

All people, businesses and numbers are invented.
"""

from live.demo.stage import demo

__all__ = ["demo"]
