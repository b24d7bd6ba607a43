"""`python -m pushcart.sandbox.seed`: builds the demo network, for `bin/dev`."""

from __future__ import annotations

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushcart.sandbox.settings")
    django.setup()
    from pushcart.sandbox.network import build

    build()


if __name__ == "__main__":
    main()
