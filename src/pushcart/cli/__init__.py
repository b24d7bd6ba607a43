"""The `pushcart` command. Each file here is one command, or one group of them, by the file's name."""

from __future__ import annotations


def main() -> None:
    from pushcart.cli.app import run

    run()
