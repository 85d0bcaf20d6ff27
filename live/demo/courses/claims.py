"""An insurer: water damage by email, a hire car by SMS."""

from live.demo.cast import HERON
from live.demo.talk import Talk, call, check, source


def water_damage(t: Talk) -> None:
    """By email, long: photos, a form filled piece by piece, a payout."""
    policy, cost = f"HH-{t.number(100000, 999999)}", t.number(7, 38) * 100
    t.starts(HERON, kind="claim", journey="household claim", known=("name", "email"), attributes={"policy": policy})
    t.user(
        "Hello,\n\na pipe burst in our kitchen last night and the floor is ruined. It is a terrible mess. Our policy is"
        f" {policy}. What do we need to do?\n\n{t.person.name}",
        after=2.0,
        attachments=[
            {"name": "kitchen 1.jpg", "type": "image/jpeg", "size": t.number(900_000, 3_000_000)},
            {"name": "kitchen 2.jpg", "type": "image/jpeg", "size": t.number(900_000, 3_000_000)},
        ],
    )
    t.learns(policy=policy, damage="burst pipe", room="kitchen")
    t.goal("claim opened", "triggered", policy)
    t.enters("is it covered")
    t.agent(
        f"Dear {t.person.first},\n\nI am sorry about your kitchen. Burst pipes are covered. Please turn off the"
        " water and tell me when it happened, and whether anyone has looked at the pipe.\n\nHeron",
        why="Escape of water is covered, excess £150. Frost and slow leaks are not; neither is mentioned.",
        knowledge=[
            source("household/escape-of-water", "Escape of water", 0.94, excerpt="sudden and unforeseen…"),
            source("household/exclusions", "What is not covered", 0.81),
            source("motor/glass", "Windscreens", 0.12, used=False),
        ],
        conditions=[
            check("policy in force", True, policy=policy),
            check("damage is covered", True, "open a claim", peril="escape of water"),
            check("photos are attached", True, count=2),
        ],
        tools=[call("find_policy", {"policy": policy}, {"active": True, "excess": 150}, ms=480)],
    )
    t.shows("household claim")
    t.user(
        "It was at about 2 am. A plumber came at 8, his report is attached. It will cost us a fortune…",
        reply_to="m-2",
        attachments=[{"name": "report.pdf", "type": "application/pdf", "size": t.number(40_000, 200_000)}],
    )
    t.learns(time="02:00", plumber="yes", cost=cost)
    t.enters("how much")
    t.agent(
        f"Thank you. The report says £{cost}. I have filled in the claim; please check it and send it off.\n\nHeron",
        tools=[
            call(
                "read_document",
                {"name": "report.pdf"},
                {"total": cost, "currency": "GBP", "confidence": 0.93},
                ms=3_900,
            ),
            call("draft_claim", {"policy": policy, "amount": cost}, {"claim": f"C-{t.number(10000, 99999)}"}, ms=650),
        ],
        conditions=[
            check("read with confidence over 0.9", True, "fill in the amount", confidence=0.93),
            check("amount over £5,000", False, "send a surveyor", amount=cost, limit=5000),
        ],
    )
    t.submits("household claim", policy=policy, damage="burst pipe", amount=cost, after=35.0)
    t.goal("claim opened", "completed", cost)
    t.user("Sent. How long will it take? We have two small children and no kitchen.", reply_to="m-4")
    t.enters("what happens next")
    t.agent(
        f"Within three working days; below £5,000 no visit is needed. I have asked for £{cost - 150}.\n\nHeron",
        knowledge=[source("claims/times", "How long claims take", 0.9)],
    )
    t.user("That is a great relief, thank you for your kind help.", reply_to="m-6")
    t.tags("paid without a visit")
    t.closes("claim opened", "assistant", after=12.0)


def hire_car(t: Talk) -> None:
    """By SMS: the agent does not understand, apologises twice, and a colleague steps in at once."""
    t.starts(
        HERON,
        kind="roadside",
        journey="hire car",
        known=("phone",),
        attributes={"policy": f"MV-{t.number(1000, 9999)}"},
    )
    t.enters("what happened")
    t.user("car broke down on a74, need a hire car with a boot for a double bass", after=0.5)
    t.goal("hire car found", "triggered")
    t.agent("Sorry, I didn't understand that. Do you need a tow truck or a hire car?")
    t.user("a hire car. BIG one. double bass is 2 m long")
    t.agent(
        "I'm afraid I don't have information on the boot length of our cars.",
        knowledge=[source("cars/classes", "Classes of car", 0.48, used=False)],
        conditions=[check("a source scores 0.5 or more", False, "ask a colleague", best=0.48, limit=0.5)],
    )
    t.misses("Which hire cars take something 2 m long?", "m-3", "rejected")
    t.user(
        t.pick(
            "come on, it's dark and cold here, this is awful", "great. stuck at night in the rain. thanks for nothing"
        )
    )
    t.tags("escalated")
    t.enters("hand to a human", left="skipped")
    t.operator(
        "Hi, Moira from Heron. I've got an estate car at Beacon Services, 2.1 m with the seats down. 25 minutes?"
    )
    t.learns(car="estate", place="Beacon Services")
    t.goal("hire car found", "completed", "estate")
    t.user(t.pick("you're a star Moira, thank you!!", "perfect, the bass will love it. thank you!"))
    t.operator("Safe travels, and play something nice.")
    t.untags("escalated")
    t.closes("solved", "operator")
