"""The writer's own words: a message without code, quoted replies, logs and stack traces.

Every pattern here is linear (possessive or anchored at a line's start), and sees MAX_CHARACTERS at most.
"""

import re
from typing import Final

MAX_CHARACTERS: Final = 1_500  # of a message that are read, half from each end: a rant shows its tone in far fewer
_HALF: Final = MAX_CHARACTERS // 2
_WRAPPED: Final = 3  # lines over which mail programs fold "On …, Jane <jane@…> wrote:"
_HEADERS: Final = 4  # lines after Outlook's "From:" within which "Sent:" or "To:" proves a quoted mail

_FENCE: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_INLINE: Final = re.compile(r"(?<!\w)`[^`\n]*+`(?!\w)")  # "don`t … can`t" is none
_LOG: Final = re.compile(
    r"""
      \[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d                                  # 2026-11-22 10:00:00 …
    | \[?\d\d:\d\d:\d\d[\].,]                                               # [10:00:00] …, 10:00:00.123 …
    | \[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)
      (?:[\]:]|\s++\w++(?:\.\w++)++)                                        # ERROR: …, [WARN] …, INFO com.shop.Cart …
    | Traceback\ \(most\ recent | Exception\ in\ thread\ | Caused\ by:\ | \.\.\.\ \d++\ more$
    | File\ "[^"]*+",\ line\ \d                                             # Python's frames
    | at\ (?:async\ |new\ )?[\w$.<>/]++\ ?\((?:(?:[^():]*+:)++\d++|Native\ Method|Unknown\ Source|native|<anonymous>)\)
    | at\ (?:async\ )?(?:file:|node:|https?:|/)\S                                       # Java's and JavaScript's frames
    | [\w.$]++(?:(?<=[\w.]Error)|(?<=[\w.]Exception))(?::|$)                # ValueError: …
    """,
    re.VERBOSE,
)
_REST_IS_QUOTED: Final = (
    "-----Original Message",
    "-------- Original Message",
    "---------- Forwarded message",
    "________________________________",
)


def own_words(text: str) -> str:
    """The text, cut to both its ends when long, without what is code, quoted, or printed by a program.

    Nothing may be left: then the writer said nothing.
    """
    if len(text) > MAX_CHARACTERS:
        # A code block may open in one end and close in the part that is left out, or the other way round.
        odd = text.count("```", _HALF, len(text) - _HALF) % 2
        text = text[:_HALF] + ("\n```\n" if odd else "\n") + text[-_HALF:]
    if "`" in text:
        text = _INLINE.sub(" ", _FENCE.sub("\n", text))
    if "\n" in text:
        return "\n".join(_unquoted(text.splitlines()))
    line = text.strip()
    return "" if _LOG.match(line) else line  # nobody sends one quoted line alone: what begins with ">" here is meant


def _unquoted(lines: list[str]) -> list[str]:
    kept: list[str] = []
    stripped = [line.strip() for line in lines]
    last_quoted = max((i for i, line in enumerate(stripped) if _quoted(line)), default=-1)
    skip = 0
    for i, line in enumerate(stripped):
        if skip:
            skip -= 1
        elif not line:
            continue
        elif (line == "--" and kept) or line.startswith(_REST_IS_QUOTED) or _outlook(stripped, i):
            break
        elif folded := _attribution(stripped, i):
            if last_quoted < i:
                break  # this mail program does not mark what it quotes
            skip = folded - 1
        elif _quoted(line) or _LOG.match(line):
            skip = int(line.startswith('File "'))  # Python prints the source line below its frame
        else:
            kept.append(line)
    return kept


def _quoted(line: str) -> bool:
    return line.startswith(">") and line[1:2] not in (":", ";", ".", "_")  # ">:(" is a face


def _attribution(lines: list[str], i: int) -> int:
    """How many lines "On … wrote:" takes from line i on; 0 when it does not stand there."""
    if lines[i].startswith("On "):
        for n, line in enumerate(lines[i : i + _WRAPPED], start=1):
            if line.endswith("wrote:"):
                return n
    return 0


def _outlook(lines: list[str], i: int) -> bool:
    below = lines[i + 1 : i + 1 + _HEADERS]
    return lines[i].startswith("From: ") and any(line.startswith(("Sent: ", "To: ")) for line in below)
