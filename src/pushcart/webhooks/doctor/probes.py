"""What the doctor tries, each by a push as the engine would send it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.webhooks import by_hand
from pushcart.webhooks.doctor import findings
from pushcart.webhooks.doctor.findings import Finding, Verdict, said, took
from pushcart.webhooks.doctor.sample import Sample, another_secret, check_letter

if TYPE_CHECKING:
    from pushcart.webhooks.by_hand import Letter, Receiver
    from pushcart.webhooks.engine.prepare import Parcel
    from pushcart.webhooks.engine.send import Answer, Sender

# Standard Webhooks: a message of another time than this is none.
_TOLERANCE_SECONDS = 5 * 60
_SLOW_MS = 5_000
OVERSIZED_BYTES = 5_000_000
_REDIRECTS = range(300, 400)


@dataclass(frozen=True)
class Visit:
    """One look at one endpoint."""

    receiver: Receiver
    sender: Sender

    async def push(self, letter: Letter, *, age: float = 0) -> Answer:
        return await self.send(by_hand.parcel(self.receiver, letter, age=age))

    async def send(self, made: Parcel) -> Answer:
        return await by_hand.send(self.sender, made)


async def endpoint_check(visit: Visit) -> Finding:
    answer = await visit.push(check_letter())
    return findings.taken("endpoint.check", answer, "answer 2xx: an endpoint is used once it has")


async def valid_push(visit: Visit) -> Finding:
    answer = await visit.push(Sample.new().letter("ordered", 1))
    should = "answer 2xx within 15 s, better within 1 s: keep the order first, work on it afterwards"
    if not answer.error and took(answer) > _SLOW_MS:
        return Finding("valid push", Verdict.WARNING, f"{said(answer)}, slowly", should, took(answer))
    return findings.taken("valid push", answer, should)


async def redirect(visit: Visit) -> Finding:
    answer = await visit.push(Sample.new().letter("ordered", 1))
    should = "answer at this very URL: redirects are not followed"
    if answer.status in _REDIRECTS:
        return Finding("redirect", Verdict.BAD, f"redirected with {answer.status}", should, took(answer))
    return Finding("redirect", Verdict.GOOD, "did not redirect", should, took(answer))


async def unsigned(visit: Visit) -> Finding:
    made = by_hand.parcel(visit.receiver, Sample.new().letter("ordered", 1))
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "locally-webhook-token"):
        by_hand.set_header(made, name, None)
    return findings.refused("no signature", await visit.send(made), "refuse with 401 what is not signed")


async def bad_signature(visit: Visit) -> Finding:
    forged = by_hand.parcel(by_hand.Receiver(visit.receiver.url, another_secret()), Sample.new().letter("ordered", 1))
    return findings.refused("bad signature", await visit.send(forged), "refuse with 401 what another secret signed")


async def tampered_body(visit: Visit) -> Finding:
    made = by_hand.parcel(visit.receiver, Sample.new().letter("ordered", 1))
    made.body = made.body.replace(b'"qty":1', b'"qty":9')
    should = "refuse with 401: check the signature over the bytes as they came, not the token alone"
    return findings.refused("tampered body", await visit.send(made), should)


async def old_timestamp(visit: Visit) -> Finding:
    answer = await visit.push(Sample.new().letter("ordered", 1), age=2 * _TOLERANCE_SECONDS)
    should = "refuse with 401 what was signed over five minutes ago: somebody recorded it"
    return findings.refused("old timestamp", answer, should)


async def future_timestamp(visit: Visit) -> Finding:
    answer = await visit.push(Sample.new().letter("ordered", 1), age=-2 * _TOLERANCE_SECONDS)
    return findings.refused("future timestamp", answer, "refuse with 401 what is signed over five minutes ahead")


async def duplicate(visit: Visit) -> Finding:
    order = Sample.new()
    letter = order.letter("ordered", 1)
    first, second = await visit.push(letter), await visit.push(letter)
    should = "answer 2xx both times and keep it once, by its webhook-id: a push comes at least once"
    if first.error or second.error:
        return Finding("duplicate", Verdict.BAD, f"{said(first)}, then {said(second)}", should, took(second))
    did = f"{said(first)} both times; look that order {order.hash} stands once in your books"
    return Finding("duplicate", Verdict.GOOD, did, should, took(second))


async def out_of_order(visit: Visit) -> Finding:
    order = Sample.new()
    answers = [
        await visit.push(order.letter("ordered", 1)),
        await visit.push(order.letter("confirmed", 3)),
        await visit.push(order.letter("received", 2)),
    ]
    should = "answer 2xx and keep the newer: an order never goes back to a lower sequence"
    if any(answer.error for answer in answers):
        did = f"{', '.join(map(said, answers))} to sequence 1, 3, 2"
        return Finding("out of order", Verdict.BAD, did, should, took(answers[-1]))
    did = f"{said(answers[-1])}; look that order {order.hash} is confirmed in your books"
    return Finding("out of order", Verdict.GOOD, did, should, took(answers[-1]))


async def replay(visit: Visit) -> Finding:
    """Its owner's replay: the same event, signed anew."""
    order = Sample.new()
    first = order.letter("ordered", 1)
    answers = [await visit.push(letter) for letter in (first, order.letter("confirmed", 2), first)]
    should = "answer 2xx and change nothing: a replay is the same webhook-id, signed anew"
    if any(answer.error for answer in answers):
        return Finding("replay", Verdict.BAD, ", then ".join(map(said, answers)), should, took(answers[-1]))
    return findings.taken("replay", answers[-1], should)


async def auto_reject(visit: Visit) -> Finding:
    order = Sample.new()
    await visit.push(order.letter("ordered", 1))
    answer = await visit.push(order.letter("auto_rejected", 2))
    return findings.taken("auto-reject by PUT", answer, "answer 2xx to PUT as to POST: the window ran out")


async def oversized(visit: Visit) -> Finding:
    letter = Sample.new().letter("ordered", 1)
    padded = letter.body[:-1] + b',"padding":"' + b"x" * OVERSIZED_BYTES + b'"}'
    big = by_hand.Letter(letter.uid, letter.event_type, padded, letter.cart_hash, letter.sequence, letter.respond_by)
    answer, after = await visit.push(big), await visit.push(Sample.new().letter("ordered", 1))
    should = "refuse with 413, or hang up, and go on taking orders: a body has its bound"
    if after.error:
        did = f"{said(answer)}; the next push was not taken: it {said(after)}"
        return Finding("oversized body", Verdict.BAD, did, should, took(answer))
    if answer.error == "closed":
        return Finding("oversized body", Verdict.GOOD, "hung up", should, took(answer))
    found = findings.refused("oversized body", answer, should)
    if not answer.error:
        return Finding(found.probe, Verdict.WARNING, f"took {len(padded) / 1e6:.0f} MB", should, found.ms)
    return found
