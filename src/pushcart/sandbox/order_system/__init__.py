"""A retailer's order system, as its developers might write it: nothing in it is PushCart's.

It takes the webhook, checks the signature with the public `standardwebhooks` library, keeps each order once, decides by
a rule of the house, and says so by the API. Read it as the example of an integration.
"""
