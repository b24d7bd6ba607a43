"""The payment double: a program of its own that speaks Stripe's HTTP API to the official SDK.

`python -m pushcart.sandbox.stripe --port 8081 --state DIR`. What it plays, and how a test steers it, is in
`docs/guides/payment-double.md`.
"""
