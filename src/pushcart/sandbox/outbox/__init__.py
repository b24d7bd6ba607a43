"""The double of the mail and SMS providers: it takes what their SDKs send and keeps it for people to read."""
