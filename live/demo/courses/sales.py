"""Software for schools and clubs: demos, long questions, quotes."""

from live.demo.cast import SCOUT
from live.demo.talk import Talk, call, check, source


def demo_request(t: Talk) -> None:
    """A visitor becomes a lead and books a demo: the happy path."""
    size = t.number(40, 900)
    t.starts(
        SCOUT, kind="lead capture", journey="book a demo", tags=("pricing page",), attributes={"campaign": "autumn-26"}
    )
    t.enters("welcome")
    t.agent("Hi! I'm Scout. Are you looking at Rollcall for a school, a club or something else?")
    t.user(
        t.pick("A swimming club, we run everything in spreadsheets now", "for our music school", "a secondary school")
    )
    t.enters("qualify")
    t.agent("Nice. Roughly how many members do you have?", why="The price depends on size, and so does who calls back.")
    t.user(f"around {size}")
    t.learns(members=size)
    t.goal("demo booked", "triggered")
    t.agent(
        "Then the Team plan fits: £2 a member a month, everything included. Shall I set up a short demo?",
        knowledge=[
            source("plans/team", "Team plan", 0.93, excerpt="£2 per member and month, 30 to 1,000 members"),
            source("plans/solo", "Solo plan", 0.41, used=False),
            source("plans/enterprise", "Enterprise plan", 0.38, used=False),
        ],
        conditions=[
            check("30 to 1,000 members", True, "suggest the Team plan", members=size),
            check("more than 1,000 members", False, "hand to sales", members=size),
        ],
    )
    t.user(t.pick("Sounds good, yes please!", "Yes, that would be great", "sure, love to see it"))
    t.enters("details", via="wants a demo")
    t.shows("demo request")
    t.agent("Great. Just leave your name and where to reach you:")
    t.submits("demo request", name=t.person.name, email=t.person.email, phone=t.person.phone, members=size)
    t.identifies("name", "email", "phone", lead=f"https://crm.example.com/leads/{t.number(10000, 99999)}")
    day = t.pick("Tuesday 10:00", "Wednesday 14:30", "Thursday 9:15")
    t.enters("pick a time")
    t.agent(
        f"Thanks {t.person.first}! Would {day} suit you?",
        tools=[call("free_slots", {"week": "next"}, ["Tuesday 10:00", "Wednesday 14:30", "Thursday 9:15"], ms=270)],
    )
    t.user(t.pick("perfect", "Works for me, thank you!", "Yes, great"))
    t.agent(
        "Done, the invitation is in your mailbox.", tools=[call("book_demo", {"at": day}, {"booked": True}, ms=330)]
    )
    t.goal("demo booked", "completed", day)
    t.user(t.pick("Brilliant, thanks, looking forward to it", "Awesome, that was easy!"))
    t.closes("demo booked", "user", after=3.0)


def many_questions(t: Talk) -> None:
    """A long one: someone who reads everything asks and asks; most is answered, two things are not."""
    t.starts(SCOUT, kind="question", journey="product questions", known=("email",))
    t.enters("answer")
    t.user("Hello, I'm comparing four products for our school and have a list of questions, is that ok?", after=1.0)
    t.agent("Of course, go ahead, one at a time is easiest for me.")
    t.user("1. Can parents report an absence themselves?")
    t.agent(
        "Yes, in the parents' app or by replying to a text message, until 8:30 on the day.",
        knowledge=[source("help/absence", "Reporting an absence", 0.95), source("help/app", "The app", 0.71)],
    )
    t.user("2. Where is the data kept?")
    t.agent(
        "In two data centres in Ireland, with a copy of each night kept for 30 days.",
        knowledge=[source("trust/data", "Where data is kept", 0.96), source("trust/backup", "Backups", 0.83)],
    )
    t.user("Good. 3. Does it talk to our timetable software? We use Chronos 9.")
    t.agent(
        "There is an import for timetables as CSV files. For Chronos 9 itself I found nothing certain.",
        why="The page on imports names Chronos 7 and 8 only; saying yes to 9 would be a guess.",
        knowledge=[
            source("help/import", "Importing a timetable", 0.57),
            source("help/sso", "Single sign-on", 0.2, used=False),
        ],
        conditions=[
            check("the source names this version", False, "say what is certain only", asked="9", found=["7", "8"])
        ],
    )
    t.misses("Does Rollcall work with Chronos 9?", "m-7", "weak_source")
    t.user("Hm, ok, please find out. 4. Can teachers print seating plans?")
    t.agent(
        "Yes: Classes, Seating, Print. It can print photos as well.", knowledge=[source("help/seating", "Seating", 0.9)]
    )
    t.user("5. and is there a sign language version of the training videos?")
    t.agent(
        "I don't have that information, but I've noted the question for the team.",
        knowledge=[source("help/videos", "Training videos", 0.34, used=False)],
        tools=[call("note_question", {"topic": "accessibility"}, {"noted": True}, ms=90)],
    )
    t.misses("Is there a sign language version of the training videos?", "m-11", "no_source")
    t.user("6. What does it cost for 640 pupils, billed once a year?")
    t.goal("price given", "triggered", 640)
    t.agent(
        "£2 a pupil a month less 10 % for paying yearly: £13,824 a year before VAT.",
        knowledge=[source("plans/team", "Team plan", 0.94), source("plans/yearly", "Paying yearly", 0.92)],
        tools=[call("price", {"pupils": 640, "yearly": True}, {"total": 13824, "currency": "GBP"}, ms=60)],
        conditions=[check("paid yearly", True, "take off 10 %", discount=0.1)],
    )
    t.goal("price given", "completed", 13824)
    t.user("That's clear and helpful, thank you. Last one: how long does the move take?")
    t.agent(
        "Most schools are done in three weeks; we bring the data over for you.",
        knowledge=[source("move", "Moving", 0.88)],
    )
    t.user("Excellent. You answered more than the other three together, I'm impressed.")
    t.tags("comparing products")
    t.agent("Thank you! I'll write to you about Chronos and the videos.")
    t.closes("answered", "user")


def quote(t: Talk) -> None:
    """By email: a request for a quote, with a file, that waits for an approval and is won."""
    seats, company = t.number(12, 90), t.pick("Fernhill Academy", "Westport Rowing Club", "St Brannoc Choir School")
    t.starts(
        SCOUT, kind="quote", journey="quote", known=("name", "email"), tags=("inbound mail",),
        lead=f"https://crm.example.com/leads/{t.number(10000, 99999)}", attributes={"company": company},
    )  # fmt: skip
    t.user(
        f"Hello,\n\nplease send us a quote for {seats} seats, see the attached list.\n\n{t.person.name}, {company}",
        after=2.0,
        attachments=[{"name": "staff list.xlsx", "type": "application/vnd.ms-excel", "size": t.number(9000, 60000)}],
    )
    t.learns(company=company, seats=seats)
    t.goal("quote accepted", "triggered", seats)
    t.enters("draft the quote")
    total = seats * 96
    t.agent(
        f"Hello {t.person.first},\n\nthank you. The quote is attached: {seats} seats, £{total:,} a year, valid for 30"
        " days.\n\nScout",
        why="Under the limit that needs a human's approval, so it goes out at once.",
        conditions=[
            check("total under £10,000", total < 10000, "send without approval", total=total, limit=10000),
            check("discount asked for", False),
        ],
        tools=[call("make_quote", {"seats": seats}, {"quote": f"Q-{t.number(300, 999)}", "total": total}, ms=1900)],
    )
    t.user("Thanks. Our board would like to know whether the price stays the same in the second year.", reply_to="m-2")
    t.enters("answer")
    t.agent(
        "It does: the price is fixed for three years from the first day.\n\nScout",
        knowledge=[source("terms/price", "Price guarantee", 0.92, excerpt="fixed for 36 months")],
        after=30.0,
    )
    t.user("Wonderful, then we accept. Please go ahead.\n\nBest regards", reply_to="m-4")
    t.goal("quote accepted", "completed", total)
    t.tags("won")
    t.closes("quote accepted", "assistant", after=10.0)
