"""A furniture shop: parcels, refunds, opening hours, delivery slots."""

from live.demo.cast import PINE
from live.demo.talk import Talk, call, check, source


def late_parcel(t: Talk) -> None:
    """A parcel is late, the tracking fails, the user turns negative; a voucher and a date bring them back."""
    order = f"PN-{t.number(20000, 89999)}"
    item = t.pick("oak bedside table", "reading lamp", "linen armchair", "set of four dining chairs")
    t.starts(PINE, kind="support", journey="where is my order", known=("name", "email"), tags=("autumn sale",))
    t.enters("welcome")
    t.agent(f"Hello {t.person.first}, I'm Pine from Harbour & Pine. How can I help?")
    t.user(f"Hi, my {item} should have been here on Tuesday. Order {order}.")
    t.learns(order=order)
    t.enters("find the order", via="order number given")
    t.goal("delivery settled", "triggered", order)
    t.agent(
        "Let me see where it is.",
        why="An order number was given, so the order is looked up before anything is promised.",
        conditions=[check("order number is known", True, "look up the order", order=order)],
        tools=[
            call(
                "find_order",
                {"order": order},
                {"status": "dispatched", "carrier": "Swift Parcels", "item": item},
                ms=310,
            ),
            call("track_parcel", {"order": order}, error="the carrier answered 504 after 5.0 s", ms=5000),
        ],
    )
    t.agent("Sorry, I can't reach the carrier right now. Your order left our warehouse on Monday.")
    t.user(
        t.pick(
            "Monday?! I took a day off work for this. This is terrible service, I'm really angry.",
            "That is useless. I waited at home the whole day for nothing and I am furious, this is awful.",
        )
    )
    t.tags("complaint")
    t.enters("make it right")
    t.agent(
        "I'm sorry, that must have been very annoying. I'll try the carrier again and look at what I can do for you.",
        knowledge=[
            source("policy/late-delivery", "Late deliveries: what we offer", 0.91, excerpt="Up to 15 % as a voucher…"),
            source("policy/returns", "Returns within 30 days", 0.44, used=False),
        ],
        conditions=[
            check("more than two days late", True, "offer a voucher", days_late=3, limit=2),
            check("customer has complained before", False, complaints=0),
        ],
        tools=[
            call("track_parcel", {"order": order}, {"depot": "North", "out_for_delivery": "tomorrow 8-12"}, ms=820),
            call("issue_voucher", {"order": order, "percent": 15}, {"code": f"SORRY{t.number(100, 999)}"}, ms=190),
        ],
    )
    t.agent(
        "Good news: it is at the North depot and comes tomorrow between 8 and 12. A 15 % voucher is on its way to you."
    )
    t.user(t.pick("Oh, that's good of you. Tomorrow morning works well.", "OK, thank you, that is really helpful."))
    t.goal("delivery settled", "completed", "tomorrow 8-12")
    t.untags("complaint")
    t.agent("You're welcome. You'll get a text message when the driver is near.")
    t.user(t.pick("Great, thanks a lot for sorting it out!", "Perfect, thank you, you've been lovely."))
    t.closes("solved", "user")


def slow_refund(t: Talk) -> None:
    """By email: a refund that does not come, a weak source, a request for a human, and an operator who settles it."""
    order, amount = f"PN-{t.number(20000, 89999)}", t.number(80, 640)
    t.starts(PINE, kind="refund", journey="refund", known=("name", "email", "phone"), attributes={"order": order})
    first = t.user(
        f"Dear Harbour & Pine,\n\nI returned order {order} three weeks ago and have still not seen my refund of"
        f" £{amount}. When can I expect it?\n\nKind regards,\n{t.person.name}",
        after=3.0,
    )
    t.learns(order=order, amount=amount)
    t.goal("refund paid", "triggered", amount)
    t.enters("check the return")
    t.agent(
        f"Dear {t.person.first},\n\nthank you for writing. Your return arrived on the 3rd. Refunds take up to ten"
        " working days after that.\n\nPine",
        why="The return has arrived; the usual time is quoted. Nothing in the sources says what happens after it.",
        knowledge=[
            source("policy/refunds", "How refunds are paid", 0.62, excerpt="Within ten working days of arrival…"),
            source("policy/gift-cards", "Paying with gift cards", 0.31, used=False),
        ],
        tools=[call("find_return", {"order": order}, {"arrived": "2026-11-03", "refund": "pending"}, ms=420)],
    )
    t.misses("What happens when a refund takes longer than ten working days?", first, "weak_source")
    t.user(
        "The ten working days are over, as I wrote. This answer is no help to me and I am disappointed."
        " Could I please speak to a person in your accounts team?",
        reply_to="m-2",
    )
    t.tags("escalated")
    t.enters("hand to a human")
    t.agent(
        f"Dear {t.person.first},\n\nof course. I have passed everything on to my colleague Ellen in accounts.\n\nPine",
        conditions=[check("asks for a human", True, "hand to a human"), check("within office hours", True, hour=11)],
        tools=[call("open_ticket", {"team": "accounts", "order": order}, {"ticket": t.number(4000, 9999)}, ms=150)],
    )
    t.operator(
        f"Dear {t.person.first},\n\nEllen here. Your refund was stuck because the card had expired. I have sent the"
        f" £{amount} to your bank account instead; it arrives by Thursday. My apologies for the wait.\n\nEllen Marsh",
        after=50.0,
    )
    t.goal("refund paid", "completed", amount)
    t.user("Dear Ellen,\n\nthat was quick, thank you very much. I am glad it is settled.\n\nBest wishes")
    t.untags("escalated")
    t.closes("solved", "operator", after=15.0)


def opening_hours(t: Talk) -> None:
    """Short and anonymous: two questions, one of which nobody has written an answer for."""
    t.starts(PINE, kind="question", journey="shop questions")
    t.enters("answer")
    t.user(t.pick("are you open this sunday?", "what time do you close on sunday", "Sunday opening hours?"), after=0.5)
    t.agent(
        "Yes, on Sunday we are open from 11 to 5.",
        knowledge=[
            source("shop/hours", "Opening hours", 0.97, excerpt="Sunday 11:00-17:00"),
            source("shop/holidays", "Bank holidays", 0.58, used=False),
        ],
    )
    asked = t.pick("and can I bring my dog in?", "do you have somewhere to charge an electric car?", "is there a cafe?")
    question = t.user(asked)
    t.agent(
        "That I don't know, I'm afraid. The shop can tell you: 01632 960 114.",
        why="Nothing was found above the limit of 0.5, so the shop's number is given instead of a guess.",
        knowledge=[
            source("shop/parking", "Parking", 0.29, used=False),
            source("shop/access", "Access", 0.22, used=False),
        ],
        conditions=[check("a source scores 0.5 or more", False, "say so, give the number", best=0.29, limit=0.5)],
    )
    t.misses(asked, question, "no_source")
    t.user(t.pick("ok thanks", "alright, I'll call", "no worries, thank you"))
    t.closes("answered", "user", after=2.0)


def delivery_slot(t: Talk) -> None:
    """By SMS: the shop writes first; the user picks a slot, and is asked how it went."""
    order = f"PN-{t.number(20000, 89999)}"
    t.starts(PINE, kind="delivery", journey="delivery slot", known=("name", "phone"), tags=("outbound",))
    t.enters("offer slots")
    t.goal("slot booked", "triggered", order)
    t.agent(f"Harbour & Pine: your order {order} is ready. Reply 1 for Fri 8-12, 2 for Fri 12-6, 3 for Sat 8-12.")
    choice = t.number(1, 3)
    t.user(t.pick(f"{choice}", f"{choice} please"))
    t.learns(slot=choice)
    t.agent(
        "Booked. We'll text you an hour before. Reply CHANGE if your plans change.",
        tools=[call("book_slot", {"order": order, "slot": choice}, {"booked": True}, ms=200)],
        conditions=[check("the slot is still free", True, "book it", left=t.number(1, 5))],
    )
    t.goal("slot booked", "completed", choice)
    t.enters("rate us")
    t.agent("How easy was that, from 1 (hard) to 5 (easy)?", after=15.0)
    score = t.number(2, 5)
    t.user(f"{score}" if score > 2 else "2, I asked for evenings and you never have any, quite annoying")
    t.learns(ease=score)
    t.agent("Thank you, noted.")
    t.closes("slot booked", "system", after=3.0)
