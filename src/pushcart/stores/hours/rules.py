"""The rules of an opening-hours text, and what a store's hours may not leave open.

The parser of opening-hours-py says whether a text is well-formed. On top of that a store's hours have to be definite:
whatever it would guess at, or read otherwise than the person who wrote it, is refused with a sentence that says what to
write instead.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache

import opening_hours

from pushcart.stores.hours.errors import HoursError

LONGEST = 1000  # characters, as many as a store keeps
DAY = 24 * 60  # minutes

_COMMENT = re.compile(r'"[^"]*"')
_SPAN = r"\d{1,2}:\d{2} ?- ?\d{1,2}:\d{2}"
_SEPARATOR = re.compile(rf" ?; ?| ?, (?!{_SPAN})")
_RULE = re.compile(
    rf"(?P<days>.*?) ?:? ?(?P<spans>{_SPAN}(?:, ?{_SPAN})*)?"
    r'(?: ?\b(?P<state>off|closed|open|unknown))?(?P<comment> ?"_*")?',
    re.IGNORECASE,
)
_CLOCK_TIMES = re.compile(r"(\d{1,2}):(\d{2}) ?- ?(\d{1,2}):(\d{2})")
_WEEKDAYS = re.compile(r"(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?", re.IGNORECASE)
_HOLIDAY = re.compile(r"PH(?: (?P<offset>[+-][1-7]) days?)?")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATES = re.compile(
    rf"(?:(?P<year>\d{{4}}) ?)?(?P<month>{'|'.join(_MONTHS)}) ?(?P<day>\d{{1,2}})\b(?:-(?P<last>\d{{1,2}})\b)?",
    re.IGNORECASE,
)
_PLACE = re.compile(r"--> (\d+):(\d+)")

_REFUSED = (
    (
        re.compile(r"sunrise|sunset|dawn|dusk", re.IGNORECASE),
        "depends on the sun, and a store's hours need clock times",
    ),
    (re.compile(r"\bSH\b"), "means school holidays, which are not known here: list their dates"),
    (re.compile(r":\d{2} ?\+"), "leaves the closing time open: give one"),
    (re.compile(r":\d{2} ?/"), "gives points in time, not hours"),
    (re.compile(r"\|\|"), "is a fallback for hours that are not known, and a store's hours have to be known"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a text: on these days, these hours.

    `adds`: after a comma a rule adds to the ones before it, after a semicolon it replaces them on its days.
    `days` is the selector without public holidays (None: there is nothing but those), `holidays` their offsets in days.
    `spans` are minutes from the start of the day; an end above 1440 lies on the next day. No spans: the whole day.
    """

    adds: bool
    days: str | None
    holidays: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    state: str

    @property
    def past_midnight(self) -> bool:
        return any(end > DAY for _, end in self.spans)


@lru_cache(maxsize=4096)
def rules(text: str) -> tuple[Rule, ...]:
    """The rules of an opening-hours text, in their order.

    Raises:
        HoursError: the text is malformed, or not definite enough for a store; the sentence names the place.
    """
    _parse(text)
    silent = _COMMENT.sub(lambda comment: '"' + "_" * (len(comment[0]) - 2) + '"', text)
    _refuse(silent)
    found = _split(silent, text)
    if any(rule.past_midnight for rule in found) and any(rule.spans and rule.state == "off" for rule in found):
        raise HoursError(
            f'In "{text}" a break ("off" with times) stands beside hours past midnight: '
            "write the hours before and after the break instead."
        )
    return found


def _parse(text: str) -> None:
    if not text.strip():
        raise HoursError('Opening hours are missing: write "24/7", "off" or hours such as "Mo-Fr 09:00-18:00".')
    if len(text) > LONGEST:
        raise HoursError(f"The opening hours have {len(text)} characters; {LONGEST} are the most.")
    try:
        opening_hours.OpeningHours(text)
    except Exception as trouble:  # noqa: BLE001 - the library's ParserError is no public name of it
        place = _PLACE.search(str(trouble))
        if place is None:
            raise HoursError(f'The opening hours "{text}" cannot be read: {trouble}.') from None
        column = int(place[2])
        rest = text[column - 1 :]
        where = f'"{_shortened(rest)}"' if rest else "the end"
        raise HoursError(
            f'The opening hours cannot be read from {where} on (character {column} of "{text}").'
        ) from None


def _shortened(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:20]}…"  # noqa: PLR2004 - enough to find the place by


def _refuse(text: str) -> None:
    for pattern, reason in _REFUSED:
        found = pattern.search(text)
        if found:
            start = max(text.rfind(";", 0, found.start()), text.rfind(",", 0, found.start())) + 1
            raise HoursError(f'In the opening hours, "{_shortened(text[start : found.end()].strip())}" {reason}.')


def _split(silent: str, text: str) -> tuple[Rule, ...]:
    found = []
    position, adds = 0, False
    for separator in [*_SEPARATOR.finditer(silent), None]:
        end = separator.start() if separator else len(text)
        found.append(_rule(silent[position:end].strip(), text[position:end].strip(), adds=adds))
        if separator:
            position, adds = separator.end(), "," in separator.group()
    return tuple(found)


def _rule(silent: str, text: str, *, adds: bool) -> Rule:
    match = _RULE.fullmatch(silent)
    if match is None or re.search(r'[:"]', match["days"]) or match["days"].endswith(","):
        raise HoursError(f"The rule '{text}' cannot be understood: write days, then hours, then off or nothing.")
    days, state = match["days"], (match["state"] or "").lower()
    if match["comment"] and not state:
        raise HoursError(f"The rule '{text}' has a comment that makes it doubtful: say open, off or unknown before it.")
    if not match["spans"] and not state and days != "24/7":
        raise HoursError(f"The rule '{text}' gives no hours: add them, or 00:00-24:00, or off.")
    _refuse_impossible_dates(days, text)
    days, holidays = _holidays_apart(days, text)
    return Rule(
        adds=adds,
        days=days,
        holidays=holidays,
        spans=_minutes(match["spans"] or ""),
        state={"": "open", "closed": "off"}.get(state, state),
    )


def _refuse_impossible_dates(days: str, text: str) -> None:
    """To the library the 31st of June is any day of the year."""
    for found in _DATES.finditer(days):
        year, month = int(found["year"] or 2028), _MONTHS.index(found["month"].lower()) + 1
        first, last = int(found["day"]), int(found["last"] or found["day"])
        if not first <= last <= monthrange(year, month)[1]:
            raise HoursError(f"In the rule '{text}' there is no such day as \"{found[0]}\".")


def _holidays_apart(days: str, text: str) -> tuple[str | None, tuple[int, ...]]:
    if not re.search(r"\bPH\b", days):
        return days, ()
    weekdays, holidays = [], []
    for item in days.split(","):
        holiday = _HOLIDAY.fullmatch(item)
        if holiday:
            holidays.append(int(holiday["offset"] or 0))
        elif _WEEKDAYS.fullmatch(item):
            weekdays.append(item)
        else:
            raise HoursError(
                f"In the rule '{text}' public holidays stand beside \"{item}\": only weekdays can, as in Su,PH off."
            )
    return ",".join(weekdays) or None, tuple(holidays)


def _minutes(spans: str) -> tuple[tuple[int, int], ...]:
    found = []
    for times in _CLOCK_TIMES.findall(spans):
        opens, closes = int(times[0]) * 60 + int(times[1]), int(times[2]) * 60 + int(times[3])
        found.append((opens, closes if closes > opens else closes + DAY))
    return tuple(found)
