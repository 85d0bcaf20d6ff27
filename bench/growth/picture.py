"""A picture of a few lines, as SVG: both axes by powers of ten, dark and light as the reader has it."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 76, 190, 56, 52
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #4a5058 } .title { font-size: 15px; font-weight: 600; fill: #1c2024 }
  .grid { stroke: #e3e6ea } .line { fill: none; stroke-width: 2 } .limit { stroke: #8a929c; stroke-dasharray: 4 4 }
  .a { stroke: #2f6fde } .b { stroke: #b4570a } .c { stroke: #2c7f55 } .d { stroke: #8445bd }
  .e { stroke: #6a737d }
  circle { fill: #fff; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #a9b1bb } .title { fill: #eceff2 } .grid { stroke: #2a2f36 } circle { fill: #14171b }
    .a { stroke: #7aa7f7 } .b { stroke: #e79a57 } .c { stroke: #6cc398 } .d { stroke: #bf93ea } .e { stroke: #99a2ad }
  }"""

Points = Sequence[tuple[float, float]]


def picture(title: str, lines: Mapping[str, Points], *, across: str, up: str, limit: float | None = None) -> str:
    """The SVG's text. `lines`: by name, (x, y), both above 0; `limit`: what y should stay under."""
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points] + ([limit] if limit else [])
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
    high = max(high, low + 1)
    first, last = math.log10(min(xs)), math.log10(max(xs))
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float) -> float:
        return LEFT + wide * (math.log10(x) - first) / (last - first)

    def level(y: float) -> float:
        return TOP + tall * (high - math.log10(y)) / (high - low)

    said = "; ".join(f"{name}: " + ", ".join(f"{y:.3g} at {x:,.0f}" for x, y in p) for name, p in lines.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(said)}</desc><style>{_STYLE}</style>',
        f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
        f'<text x="{LEFT}" y="42">{escape(up)}</text>',
    ]
    for power in range(low, high + 1):
        y = level(10.0**power)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,.6g}</text>')
    for x in sorted(set(xs)):
        parts.append(f'<text x="{at(x):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{x:,.0f}</text>')
    parts.append(f'<text x="{LEFT + wide / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>')
    if limit:
        parts.append(f'<path class="limit" d="M{LEFT} {level(limit):.1f}H{WIDTH - RIGHT}"/>')
    places = _apart({name: level(points[-1][1]) for name, points in lines.items()})
    for letter, (name, points) in zip("abcde", lines.items(), strict=False):
        path = "L".join(f"{at(x):.1f} {level(y):.1f}" for x, y in points)
        parts.append(f'<path class="line {letter}" d="M{path}"/>')
        parts += [f'<circle class="{letter}" cx="{at(x):.1f}" cy="{level(y):.1f}" r="4"/>' for x, y in points]
        parts.append(f'<text x="{WIDTH - RIGHT + 14}" y="{places[name] + 4:.1f}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _apart(wanted: dict[str, float]) -> dict[str, float]:
    """Heights of the names, none over another."""
    found: dict[str, float] = {}
    above = 0.0
    for name, y in sorted(wanted.items(), key=lambda one: one[1]):
        found[name] = above = max(y, above + 17)
    return found
