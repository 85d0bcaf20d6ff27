"""A credit union: a lost card, with little time to lose."""

from live.demo.cast import FRAUD, LEDGER
from live.demo.talk import Talk, call, check, source


def lost_card(t: Talk) -> None:
    """Fast and worried: identity is checked, the card blocked, another agent looks at the payments."""
    last, amount = t.number(1000, 9999), t.number(60, 480)
    t.starts(LEDGER, kind="security", journey="lost card", known=("name",), tags=("urgent",))
    t.enters("welcome")
    t.user(t.pick("I lost my card!!", "help, my card was stolen", "My wallet is gone, block my card!"), after=0.3)
    t.goal("card blocked", "triggered")
    t.enters("who is it", via="card lost or stolen")
    t.agent("I'll block it right away. Which are the last four digits, and your date of birth?", after=1.2)
    t.user(f"{last}, 4 March 1987", after=5.0)
    t.learns(card=f"…{last}")
    t.agent(
        "Thank you. Please confirm in the app that it is you.",
        why="Blocking needs two proofs; the date of birth is one.",
        conditions=[
            check("card belongs to this person", True, card=f"…{last}"),
            check("date of birth matches", True),
            check("confirmed in the app", False, "ask for it", proofs=1, needed=2),
        ],
        tools=[call("find_card", {"ends": last}, {"active": True}, ms=140)],
    )
    t.user("done", after=7.0)
    t.enters("block the card")
    t.agent(
        "Your card is blocked. A new one is on its way and arrives on Friday.",
        conditions=[check("confirmed in the app", True, "block the card", proofs=2, needed=2)],
        tools=[
            call("block_card", {"ends": last}, {"blocked": True}, ms=230),
            call("order_card", {"name": t.person.name}, {"arrives": "Friday"}, ms=310),
        ],
        knowledge=[source("cards/lost", "Lost and stolen cards", 0.95)],
    )
    t.goal("card blocked", "completed", f"…{last}")
    t.user(f"Thank god. But there is a payment of £{amount} that isn't mine, I'm really worried")
    t.goal("payment disputed", "triggered", amount)
    t.hands_over(FRAUD)
    t.enters("look at the payments", via="unknown payment")
    t.agent(
        f"I'm the fraud desk. I see £{amount} at 14:07 in a shop you have never used. Shall I dispute it?",
        tools=[call("payments", {"days": 2}, [{"amount": amount, "at": "14:07", "shop": "Nova Electronics"}], ms=520)],
        conditions=[check("shop used before", False, "offer a dispute", times=0), check("paid with the PIN", False)],
    )
    t.user("Yes please!!", after=2.0)
    t.shows("dispute")
    t.submits("dispute", amount=amount, shop="Nova Electronics", mine=False)
    t.agent("Done. The money is back on your account until it is settled, you have nothing to lose.")
    t.goal("payment disputed", "completed", amount)
    t.user(t.pick("What a relief, thank you so much!", "That was incredibly quick. Thank you, I feel much better."))
    t.closes("solved", "user")
