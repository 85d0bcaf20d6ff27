"""An estate agent: a viewing that is booked, and a form that is not finished."""

from live.demo.cast import LANTERN
from live.demo.talk import Talk, call, check, source

_HOMES = ("the flat in Mill Lane", "the terraced house in Orchard Street", "the loft at Canal Wharf")


def viewing(t: Talk) -> None:
    """Anonymous at first, identified midway: a visitor becomes a lead with a viewing."""
    home, rent = t.pick(*_HOMES), t.number(9, 19) * 100
    t.starts(LANTERN, kind="lead capture", journey="book a viewing", attributes={"page": "to-let"})
    t.enters("welcome")
    t.agent("Welcome to Lantern Homes! Anything I can tell you about this home?", after=0.4)
    t.user(f"Is {home} still available? It looks lovely.")
    t.agent(
        f"It is! £{rent} a month, free from January.",
        knowledge=[
            source("homes/2214", home, 0.97, excerpt=f"£{rent} pcm, January"),
            source("homes/1987", "Similar", 0.6, used=False),
        ],
        tools=[call("availability", {"home": 2214}, {"free_from": "2027-01-01", "viewings": 3}, ms=180)],
    )
    t.user(t.pick("nice! are cats allowed?", "Great, does it have a parking space?"))
    t.agent(
        "Yes, it is. The landlord asks for nothing extra.", knowledge=[source("homes/2214/rules", "House rules", 0.86)]
    )
    t.user("Perfect. Can I see it this week?")
    t.goal("viewing booked", "triggered", home)
    t.enters("who are you", via="wants to see it")
    t.shows("viewing")
    t.agent("Gladly. Who may I put down, and where can we reach you?")
    t.user(f"{t.person.name}, {t.person.phone}")
    t.identifies("name", "phone", lead=f"https://crm.example.com/leads/{t.number(10000, 99999)}")
    t.learns(name=t.person.name, phone=t.person.phone)
    t.enters("pick a time")
    t.agent(
        "Thank you! Thursday 17:30 or Saturday 10:00?",
        conditions=[check("income check needed before viewing", False, rent=rent, limit=2000)],
        tools=[call("free_times", {"home": 2214}, ["Thursday 17:30", "Saturday 10:00"], ms=260)],
    )
    time = t.pick("Thursday 17:30", "Saturday 10:00")
    t.user(f"{time} please")
    t.submits("viewing", name=t.person.name, phone=t.person.phone, time=time, after=1.0)
    t.agent(f"Booked: {time}. Daria will meet you at the door.")
    t.goal("viewing booked", "completed", time)
    t.user(t.pick("Wonderful, thank you!", "yay, thanks, can't wait to see it"))
    t.tags("hot lead")
    t.closes("viewing booked", "user", after=3.0)


def form_left_open(t: Talk) -> None:
    """A valuation that asks for too much: the form is given up at the phone number, the goal is lost."""
    rooms = t.number(2, 6)
    t.starts(LANTERN, kind="lead capture", journey="valuation", tags=("newsletter",))
    t.enters("welcome")
    t.user(t.pick("how much is my house worth", "What could I get for my house?"), after=0.6)
    t.goal("valuation requested", "triggered")
    t.agent("I can give you a first estimate. How many rooms does it have, and which street is it in?")
    t.user(f"{rooms} rooms, Hollow Road")
    t.learns(rooms=rooms, street="Hollow Road")
    t.enters("estimate")
    low = rooms * t.number(70, 95)
    t.agent(
        f"Homes like that went for £{low},000 to £{low + 60},000 this year. For an exact figure we need a few details:",
        knowledge=[source("sold/hollow-road", "Sold in Hollow Road", 0.79), source("sold/nearby", "Sold nearby", 0.66)],
        tools=[
            call(
                "comparables",
                {"rooms": rooms, "street": "Hollow Road"},
                {"found": 7, "low": low, "high": low + 60},
                ms=740,
            )
        ],
        conditions=[check("at least 5 sales to compare", True, "give a range", found=7)],
    )
    t.shows("valuation")
    t.user("why do you need my phone number?")
    t.agent("So that our surveyor can arrange a time. We don't call for anything else.")
    t.user(t.pick("hmm no, I don't like that.", "No. I hate being called, sorry."))
    t.abandons("valuation", "phone", after=8.0)
    t.goal("valuation requested", "failed", "form left at phone")
    t.enters("let go", left="dropped")
    t.agent("That's fine. The estimate stays available under this link for a week.")
    t.closes("left", "user", after=12.0)
