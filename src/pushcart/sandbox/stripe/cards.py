"""The test cards: Stripe's own by number, `pm_card_…` and `tok_…` (docs.stripe.com/testing), two of the double's."""

from __future__ import annotations

from dataclasses import dataclass

from pushcart.sandbox.stripe.errors import Refusal, declined


@dataclass(frozen=True)
class Card:
    """One test card and how it behaves.

    Attributes:
        slug: its name after `pm_card_` and `tok_`.
        declines: code, decline code and message of the refusal it meets; None where it is good.
        attaches: whether a customer can keep it although a charge fails.
        authenticates: "always", on each payment; "unless_set_up", not off-session once a SetupIntent has passed.
        after: what happens to money that was taken: "dispute", "refund_fails", "refund_pends".
        capture: what happens to a capture: "declined" by the bank, or done with its "answer_lost".
    """

    number: str
    slug: str
    brand: str = "visa"
    declines: tuple[str, str | None, str] | None = None
    attaches: bool = True
    authenticates: str | None = None
    after: str | None = None
    capture: str | None = None
    country: str = "US"

    @property
    def last4(self) -> str:
        return self.number[-4:]


def _bad(decline_code: str) -> tuple[str, str, str]:
    return "card_declined", decline_code, "Your card was declined."


_FUNDS = ("card_declined", "insufficient_funds", "Your card has insufficient funds.")
_EXPIRED = ("expired_card", None, "Your card has expired.")
_CVC = ("incorrect_cvc", None, "Your card's security code is incorrect.")
_PROCESSING = (
    "processing_error",
    None,
    "An error occurred while processing your card. Try again in a little bit.",
)

CARDS = (
    Card("4242424242424242", "visa"),
    Card("4000056655665556", "visa_debit"),
    Card("5555555555554444", "mastercard", brand="mastercard"),
    Card("5200828282828210", "mastercard_debit", brand="mastercard"),
    Card("378282246310005", "amex", brand="amex"),
    Card("6011111111111117", "discover", brand="discover"),
    Card("4000000000000002", "visa_chargeDeclined", declines=_bad("generic_decline"), attaches=False),
    Card("4000000000009995", "visa_chargeDeclinedInsufficientFunds", declines=_FUNDS, attaches=False),
    Card("4000000000009987", "visa_chargeDeclinedLostCard", declines=_bad("lost_card"), attaches=False),
    Card("4000000000009979", "visa_chargeDeclinedStolenCard", declines=_bad("stolen_card"), attaches=False),
    Card("4000000000000069", "chargeDeclinedExpiredCard", declines=_EXPIRED, attaches=False),
    Card("4000000000000127", "chargeDeclinedIncorrectCvc", declines=_CVC, attaches=False),
    Card("4000000000000119", "chargeDeclinedProcessingError", declines=_PROCESSING, attaches=False),
    Card("4000000000000341", "chargeCustomerFail", declines=_bad("generic_decline")),
    Card("4000002500003155", "authenticationRequiredOnSetup", authenticates="unless_set_up"),
    Card("4000002760003184", "authenticationRequired", authenticates="always"),
    Card("4000000000003220", "threeDSecure2Required", authenticates="always"),
    Card("4000000000000259", "createDispute", after="dispute"),
    Card("4000000000005126", "refundFail", after="refund_fails"),
    Card("4000000000007726", "pendingRefund", after="refund_pends"),
    # The double's own: Stripe has no test card whose hold stands and whose capture goes wrong.
    Card("4000000000006660", "captureDeclined", capture="declined"),
    Card("4000000000007775", "captureAnswerLost", capture="answer_lost"),
)
_SLUGS = {card.slug: card for card in CARDS} | {
    # Older names of Stripe's for the same cards.
    "chargeDeclined": CARDS[6],
    "chargeDeclinedInsufficientFunds": CARDS[7],
    "chargeDeclinedLostCard": CARDS[8],
    "chargeDeclinedStolenCard": CARDS[9],
}
_NUMBERS = {card.number: card for card in CARDS}


def by_slug(slug: str) -> Card | None:
    """The card after `pm_card_` or `tok_`."""
    return _SLUGS.get(slug)


def by_number(number: str) -> Card:
    """Raises Refusal: the number is no card's (402), or no test card's (402, as Stripe in test mode)."""
    digits = number.replace(" ", "").replace("-", "")
    if digits in _NUMBERS:
        return _NUMBERS[digits]
    if not (digits.isascii() and digits.isdigit()) or not _passes_luhn(digits):
        raise declined("Your card number is incorrect.", code="incorrect_number", param="number")
    raise declined(
        "Your card was declined. Your request was in test mode, but used a non test card. "
        "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
        code="card_declined",
        decline_code="test_mode_live_card",
    )


def decline(card: Card) -> Refusal:
    """The refusal that this card meets."""
    code, decline_code, message = card.declines or _bad("generic_decline")
    return declined(message, code=code, decline_code=decline_code)


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 if place % 2 else int(digit) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - two digits
