from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from pushcart.sandbox.postgres import Cluster

SESSION = """
import sys, time
from tests.cluster import SessionCluster
session = SessionCluster(); session.start(); print(session.cluster.var, flush=True); time.sleep(600)
"""


def start_session(var):
    return subprocess.Popen(
        [sys.executable, "-c", SESSION],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PUSHCART_VAR": str(var)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_it_clears_what_a_killed_session_left_and_nothing_of_one_that_lives(tmp_path):
    with start_session(tmp_path) as killed, start_session(tmp_path) as living:
        left, used = Path(killed.stdout.readline().strip()), Path(living.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        with start_session(tmp_path) as later:
            later.stdout.readline()

            assert not left.exists()
            assert not left.with_suffix(".lock").exists()
            assert Cluster(used).runs()
            later.kill()
        living.kill()
