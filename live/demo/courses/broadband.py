"""A broadband company: outages, upgrades, and a check that takes its time."""

from live.demo.cast import BEAM
from live.demo.talk import Talk, call, check, source


def outage(t: Talk) -> None:
    """It goes wrong: the user repeats the request, grows furious, asks for a human, and leaves unhappy all the same."""
    postcode = f"{t.pick('BR', 'LK', 'WD')}{t.number(1, 19)} {t.number(1, 9)}QX"
    t.starts(
        BEAM, kind="support", journey="no connection", known=("name", "phone"), attributes={"contract": "Fibre 150"}
    )
    t.enters("welcome")
    t.agent(f"Hello {t.person.first}, this is Beam. What can I do for you?")
    t.user("My internet connection has been down since yesterday evening, please fix it.")
    t.goal("connection restored", "triggered")
    t.enters("test the line")
    t.agent(
        "I'm sorry to hear that. I could not reach your router; have you tried turning it off and on?",
        knowledge=[
            source("fix/restart", "Restart the router", 0.74),
            source("fix/cable", "Check the cable", 0.61, used=False),
        ],
        tools=[call("line_test", {"phone": t.person.phone}, error="no answer from the exchange", ms=4100)],
        conditions=[
            check("known outage nearby", False, postcode=postcode),
            check("router answers", False, "restart it"),
        ],
    )
    t.user("Yes, three times. My internet connection has been down since yesterday evening, please fix it!")
    t.agent(
        "Sorry, I still can't test your line. Please make sure that the power light is green.",
        tools=[call("line_test", {"phone": t.person.phone}, error="no answer from the exchange", ms=4100)],
    )
    t.user(
        t.pick(
            "Are you even reading this?! This is the worst service I have ever had, absolutely terrible. I hate this.",
            "It IS green. This is ridiculous, I work from home and I'm losing money. Horrible, useless company!",
        )
    )
    t.tags("complaint")
    t.user("I want to talk to a real person. Now.", after=2.5)
    t.enters("hand to a human", left="dropped")
    t.agent(
        "I'm putting you through to a colleague.",
        conditions=[check("asks for a human", True, "hand to a human"), check("mood below -0.3", True, score=-0.62)],
        tools=[call("find_operator", {"team": "lines"}, {"operator": "Dale"}, ms=700)],
    )
    t.operator(
        "Hi, Dale here. I can see the whole street is off: a digger cut a cable. It won't be back before tomorrow noon."
    )
    t.user("So a day and a half without internet, and nobody tells us. That is awful. I'm going to cancel.")
    t.goal("connection restored", "failed", "cable cut, back tomorrow")
    t.operator("I understand. I've taken a week off your bill, and you'll get a text the minute it works.")
    t.user(t.pick("Whatever. Very disappointed.", "A week. Great. Still angry, bye."))
    t.tags("may cancel")
    t.closes("not solved", "user")


def upgrade(t: Talk) -> None:
    """Conditions at work: the plan that was asked for is refused, another one is taken."""
    now, score = t.pick("Fibre 50", "Fibre 150"), t.number(380, 455)
    t.starts(BEAM, kind="sales", journey="change of plan", known=("name", "email"), attributes={"contract": now})
    t.enters("welcome")
    t.user(f"Hi there, I'd like to switch from {now} to the Gigabit plan.", after=0.6)
    t.goal("plan upgraded", "triggered", "Gigabit")
    t.enters("check the address")
    t.agent(
        "Happy to look into it. Is the address still the same?",
        tools=[call("find_contract", {"email": t.person.email}, {"plan": now, "months_left": t.number(0, 6)}, ms=280)],
    )
    t.user("yes it is")
    t.learns(wants="Gigabit", address_confirmed=True)
    t.enters("check what is possible")
    t.agent(
        "The Gigabit plan isn't possible on this contract yet, but Fibre 500 is: £6 more a month, no new term.",
        why="The line could carry it; the credit check does not allow a plan with a rented router. Fibre 500 has none.",
        conditions=[
            check("fibre to the building", True, line="FTTB"),
            check("contract older than 3 months", True, months=t.number(5, 30)),
            check(
                "credit score of 460 or more", False, "offer the plan without a rented router", score=score, limit=460
            ),
            check("other plan available", True, "offer Fibre 500", plan="Fibre 500"),
        ],
        tools=[
            call("line_speed", {"plan": "Gigabit"}, {"down": 940, "up": 110}, ms=610),
            call("credit_check", {"limit": 460}, {"score": score, "passed": False}, ms=1450),
        ],
        knowledge=[source("plans/fibre-500", "Fibre 500", 0.9), source("plans/gigabit", "Gigabit", 0.88)],
    )
    t.goal("plan upgraded", "failed", "Gigabit")
    t.user(t.pick("Hm, that's a pity. But 500 would do, I suppose.", "ok. and it starts when?"))
    t.goal("plan changed", "triggered", "Fibre 500")
    t.enters("confirm")
    t.shows("change of plan")
    t.agent("It would start on the 1st. Please confirm in the form, then I'll book it.")
    t.submits("change of plan", plan="Fibre 500", starts="2026-12-01")
    t.agent(
        "All set for the 1st.",
        tools=[call("change_plan", {"plan": "Fibre 500"}, {"order": t.number(70000, 79999)}, ms=900)],
    )
    t.goal("plan changed", "completed", "Fibre 500")
    t.user("thanks, good")
    t.closes("plan changed", "user")


def slow_check(t: Talk) -> None:
    """The user waits: a test of the line runs for over a minute before the agent can answer."""
    t.starts(BEAM, kind="support", journey="slow connection", known=("name", "phone"))
    t.enters("welcome")
    t.user("everything is slow in the evenings, can you check my line?", after=0.8)
    t.goal("line checked", "triggered")
    t.enters("test the line")
    t.agent("Yes. The full test takes a little while, please stay with me.")
    t.user("ok I'm waiting")
    t.agent(
        "Thank you for waiting. Your line is fine, your wireless channel is crowded: I've moved it to 11.",
        why="The wire is as fast as sold; eleven neighbours share the wireless channel.",
        tools=[
            call("full_line_test", {"seconds": 60}, {"down": 148, "up": 31, "loss": 0.001}, ms=61_400),
            call("wifi_scan", {}, {"channel": 6, "neighbours": 11}, ms=9_800),
            call("set_channel", {"channel": 11}, {"done": True}, ms=1_200),
        ],
        conditions=[
            check("speed as sold", True, down=148, sold=150),
            check("channel crowded", True, "move", neighbours=11),
        ],
        after=78.0,
    )
    t.goal("line checked", "completed")
    t.user(t.pick("wow yes, much better now, thank you!", "it is faster indeed. nice one, thanks"))
    t.closes("solved", "user", after=3.0)
