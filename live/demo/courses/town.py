"""Small businesses in town: a dentist, bikes to hire, a caterer, a gym."""

from live.demo.cast import KETTLE, ROSIE
from live.demo.talk import Talk, call, check, source


def moved_appointment(t: Talk) -> None:
    """By SMS: a dentist's appointment is moved, in few words."""
    t.starts(ROSIE, kind="appointment", journey="move an appointment", known=("name", "phone"), tags=("reminder",))
    t.enters("remind")
    t.agent(f"Oakfield Dental: {t.person.first}, we see you on Thursday at 9:40. Reply OK or MOVE.", after=1.0)
    t.user(t.pick("MOVE", "move pls", "Move please, I'm away on thursday"))
    t.goal("appointment moved", "triggered", "Thursday 9:40")
    t.enters("offer times", via="wants to move")
    t.agent(
        "No problem. Friday 11:20 or Monday 16:00?",
        tools=[call("free_times", {"dentist": "Dr Lowe", "from": "Friday"}, ["Friday 11:20", "Monday 16:00"], ms=350)],
        conditions=[check("more than 24 hours before", True, "move without a fee", hours=t.number(30, 60))],
    )
    day = t.pick("Friday 11:20", "Monday 16:00")
    t.user(day.split()[0].lower())
    t.learns(new_time=day)
    t.agent(f"Done: {day} with Dr Lowe. See you then!", tools=[call("move", {"to": day}, {"moved": True}, ms=210)])
    t.goal("appointment moved", "completed", day)
    t.user(t.pick("thank you!", "great thx", "👍"))
    t.closes("appointment moved", "assistant")


def locked_bike(t: Talk) -> None:
    """By SMS, in a hurry: a hired bike will not unlock; the second try works."""
    bike = t.number(1000, 3999)
    t.starts(
        ROSIE, kind="support", journey="bike trouble", known=("phone",), attributes={"city": "Eastmere", "bike": bike}
    )
    t.enters("find the bike")
    t.user(
        t.pick(f"bike {bike} wont open!! im late", f"Bike {bike} does not unlock and I have a train to catch"),
        after=0.5,
    )
    t.learns(bike=bike)
    t.goal("bike unlocked", "triggered", bike)
    t.agent(
        "On it. Stand next to the bike, please.",
        tools=[call("unlock", {"bike": bike}, error="the lock did not answer within 3 s", ms=3000)],
        conditions=[
            check("bike is hired by this number", True, "unlock it"),
            check("battery above 10 %", True, percent=64),
        ],
    )
    t.user("nothing. this is so annoying", after=6.0)
    t.enters("try again")
    t.agent(
        "It answered now. Pull the lever, it should open.",
        tools=[
            call("wake_lock", {"bike": bike}, {"awake": True}, ms=900),
            call("unlock", {"bike": bike}, {"open": True}, ms=600),
        ],
    )
    t.goal("bike unlocked", "completed", bike)
    t.user(t.pick("yesss it works, thanks!!", "open! thank you so much"))
    t.agent(
        "Have a good ride. The first 10 minutes are on us.", why="Two tries were needed: the goodwill rule applies."
    )
    t.closes("solved", "system", after=5.0)


def catering_order(t: Talk) -> None:
    """By SMS: a lunch order that grows as they talk, until it is placed."""
    guests, day = t.number(12, 60), t.pick("Wednesday", "Thursday", "Friday")
    t.starts(KETTLE, kind="order", journey="catering order")
    t.enters("what and when")
    t.user(f"Hi, can you do lunch for {guests} people on {day}?", after=0.7)
    t.learns(guests=guests, day=day)
    t.goal("order placed", "triggered", guests)
    t.agent(
        "We'd love to! Sandwiches (£7 a head) or the warm buffet (£12)?",
        knowledge=[source("menu/lunch", "Lunch menu", 0.92), source("menu/breakfast", "Breakfast", 0.3, used=False)],
        conditions=[check("day is not full", True, booked=t.number(20, 90), limit=160)],
    )
    t.user(t.pick("Sandwiches, half of them vegan", "the buffet sounds delicious"))
    t.agent("Lovely. Any allergies? And what name shall I put it under?")
    t.user(f"two without nuts. {t.person.name}")
    t.identifies("name", "phone")
    t.learns(allergies="2 x no nuts")
    t.enters("price and place")
    t.shows("order")
    price = guests * t.number(7, 12)
    t.agent(
        f"That makes £{price} with delivery at 12:15. Shall I place it?",
        tools=[call("price", {"guests": guests, "day": day}, {"total": price, "delivery": "12:15"}, ms=120)],
    )
    t.user("yes, and add a fruit platter please", after=12.0)
    t.learns(extras="fruit platter")
    t.submits("order", guests=guests, day=day, allergies="2 x no nuts", extras="fruit platter", after=4.0)
    t.agent(f"Placed! £{price + 28} in total. The receipt: https://kettle.example.com/r/{t.number(1000, 9999)}")
    t.goal("order placed", "completed", price + 28)
    t.user(t.pick("Fantastic, thank you", "super, thanks!"))
    t.closes("order placed", "user")


def cancelled_membership(t: Talk) -> None:
    """A gym: the user wants to leave, gets offers, and walks off; there is silence before it is closed."""
    t.starts(ROSIE, kind="cancellation", journey="cancel", known=("name", "email"), attributes={"plan": "Anytime"})
    t.enters("ask why")
    t.user("I want to cancel my membership please", after=0.5)
    t.goal("member kept", "triggered")
    t.agent("I'm sorry to see you go. May I ask why?")
    t.user(t.pick("it's too expensive and always full", "I moved, there's no gym of yours near me"))
    t.learns(reason="price, crowding")
    t.enters("make an offer")
    t.agent(
        "We could halve your fee for three months. Would that help?",
        conditions=[check("member for over a year", True, "offer 50 % for 3 months", months=t.number(13, 40))],
        knowledge=[source("offers/stay", "Offers for members who leave", 0.85)],
    )
    t.user("No thanks. Just cancel my membership please.")
    t.agent(
        "How about pausing it for up to six months, free of charge?", knowledge=[source("offers/pause", "Pausing", 0.8)]
    )
    t.user(t.pick("I said no. This is really frustrating, why is it so hard?", "NO. Stop it. This is bad and unfair."))
    t.goal("member kept", "failed")
    t.shows("cancellation")
    t.agent("Understood. Please fill in this form to confirm.", after=3.0)
    t.abandons("cancellation", "bank account", after=20.0)
    t.tags("silent")
    t.closes("left without a word", "system", after=390.0)
