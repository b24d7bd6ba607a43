"""What payments refuse. Trouble of a card or of the network is no exception: the returned row's state tells of it."""

from __future__ import annotations


class PaymentsError(Exception):
    """Each has a human sentence as its message."""


class NotConnectedError(PaymentsError):
    """The company has no Stripe account to which a shopper's money could go."""


class NotConfiguredError(PaymentsError):
    """The installation lacks a key of Stripe's."""


class AboveRefundableError(PaymentsError):
    """More was asked back than was captured and not yet given back.

    Attributes:
        refundable: what can still be asked for, in minor units.
    """

    def __init__(self, amount: int, refundable: int) -> None:
        self.refundable = refundable
        super().__init__(f"{amount} can't be refunded: {refundable} of what was captured is left.")


class EventRefusedError(PaymentsError):
    """What came as an event of Stripe's is none: its signature or its form is wrong."""


class StripeUnreachableError(PaymentsError):
    """Stripe gave no answer to a question that only Stripe can answer: ask again later."""


class CardRefusedError(PaymentsError):
    """Stripe does not keep a card for a company, or does not let go of it."""


class AccountRefusedError(PaymentsError):
    """Stripe does not let this installation act for the account, or refuses to make one."""


class OutcomeError(PaymentsError):
    """What is said by hand of a charge or a refund can't be."""
