"""One file a resource of Stripe's API; each names its routes in `ROUTES`."""
