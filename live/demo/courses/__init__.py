"""The made-up conversations: each function tells one, on the channel that stands beside it here."""

from collections.abc import Callable
from dataclasses import dataclass

from live.demo.courses import broadband, claims, homes, money, sales, shop, town
from live.demo.talk import Talk


@dataclass(frozen=True, slots=True)
class Course:
    """How a conversation goes, and on which channel."""

    channel: str
    tell: Callable[[Talk], None]

    @property
    def name(self) -> str:
        """Its name, for people."""
        return self.tell.__name__.replace("_", " ")


COURSES: tuple[Course, ...] = (
    Course("web", shop.late_parcel),
    Course("web", sales.demo_request),
    Course("sms", town.moved_appointment),
    Course("web", broadband.outage),
    Course("email", shop.slow_refund),
    Course("web", money.lost_card),
    Course("web", homes.viewing),
    Course("sms", town.locked_bike),
    Course("web", shop.opening_hours),
    Course("email", claims.water_damage),
    Course("web", broadband.upgrade),
    Course("sms", town.catering_order),
    Course("web", sales.many_questions),
    Course("web", homes.form_left_open),
    Course("sms", shop.delivery_slot),
    Course("email", sales.quote),
    Course("web", town.cancelled_membership),
    Course("web", broadband.slow_check),
    Course("sms", claims.hire_car),
)
