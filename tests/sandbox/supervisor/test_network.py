from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from pushcart.sandbox.postgres import Cluster
from pushcart.sandbox.supervisor import Network, Ports, Program, SupervisorError, running
from pushcart.sandbox.supervisor.leftovers import end_leftovers, note

# A web server that also starts a process of its own, as real ones do, and says its pids.
SERVER = """
import os, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(f"{os.getpid()} {child.pid} {os.environ.get('PUSHCART_URL', '')}".encode())
        if self.path == "/die": threading.Thread(target=os._exit, args=(7,)).start()
    def log_message(self, *line): print("asked", flush=True)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
SESSION = """
import os, psycopg, time
with psycopg.connect(os.environ["DATABASE_URL"]): time.sleep(600)
"""


@pytest.fixture
def ports():
    return Ports.free()


@pytest.fixture
def programs(ports):
    return [
        Program("double", (sys.executable, "-c", SERVER, str(ports.stripe)), port=ports.stripe, stage=1),
        Program("web", (sys.executable, "-c", SERVER, str(ports.web)), port=ports.web),
        Program("worker", (sys.executable, "-c", SESSION), session=True, stage=3),
    ]


@pytest.fixture
def said():
    return []


@pytest.fixture
def network(tmp_path, ports, programs, said):
    return Network(tmp_path, ports=ports, programs=programs, durable=False, say=said.append)


def ask(port, path="/"):
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        pid, child, *url = answer.read().decode().split()
    return int(pid), int(child), *url


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def answers(port):
    try:
        ask(port)
    except OSError:
        return False
    return True


def test_it_brings_everything_up_and_leaves_nothing_behind(network, ports, said):
    with running(network):
        pids = [*ask(ports.web)[:2], *ask(ports.stripe)[:2]]
        url = ask(ports.web)[2]
        with psycopg.connect(network.environment["DATABASE_URL"]) as connection:
            names = connection.execute(
                "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name = 'worker'"
            ).fetchall()

    assert url == network.url == f"http://127.0.0.1:{ports.web}"
    assert names == [("worker",)]
    assert said[1:] == ["double: up.", "web: up.", "worker: up."]
    assert [pid for pid in pids if alive(pid)] == []
    assert not Cluster(network.var).runs()
    assert list((network.var / "run").glob("*.pid")) == []


def test_it_keeps_a_log_for_each_program(network, ports):
    with running(network):
        ask(ports.web)

    assert (network.log / "web.log").read_text() == "asked\n"
    assert (network.log / "double.log").read_text() == ""
    assert "ready to accept connections" in (network.log / "postgres.log").read_text()


@pytest.mark.parametrize("how", ["exits", "is killed"])
def test_it_starts_again_what_dies(network, ports, said, how):
    with running(network):
        pid, child, _ = ask(ports.web)
        if how == "exits":
            ask(ports.web, "/die")
        else:
            os.kill(pid, signal.SIGKILL)
        until(lambda: answers(ports.web) and ask(ports.web)[0] != pid)

        assert not alive(child)
    why = "exit code 7" if how == "exits" else "killed by SIGKILL"
    assert f"web ended ({why}) and starts again in 1 s; see {network.log}/web.log." in said


def test_it_starts_postgresql_again(network, said):
    with running(network):
        url = network.environment["DATABASE_URL"]
        os.kill(int((network.var / "postgres/data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        until(lambda: any("PostgreSQL ended" in line for line in said))
        until(lambda: Cluster(network.var).runs() and can_connect(url))


def can_connect(url):
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_it_runs_once_and_says_where(network, ports, programs):
    second = Network(network.var, ports=Ports.free(), programs=programs, durable=False)
    with running(network):
        with pytest.raises(SupervisorError) as refused, running(second):
            pass
        assert str(refused.value) == (
            f"It runs already: http://127.0.0.1:{ports.web} (process {os.getpid()}). "
            "Stop that one with Ctrl-C, or use it."
        )
        assert answers(ports.web)


def test_it_names_a_port_that_is_taken_and_starts_nothing(network, ports):
    listening = socket.create_server(("127.0.0.1", ports.outbox))
    with listening, pytest.raises(SupervisorError) as refused, running(network):
        pass

    assert str(refused.value) == (
        f"Another program listens on port {ports.outbox} (outbox): end it, or choose four other ports in a row by "
        "the first of them, as bin/dev --port 9080."
    )
    assert not (network.var / "postgres").exists()


def test_it_gives_up_on_what_never_starts_and_stops_the_rest(tmp_path, ports, programs):
    broken = Program("broken", (sys.executable, "-c", "raise SystemExit('no card in the slot')"), port=ports.web)
    network = Network(tmp_path, ports=ports, programs=[programs[0], broken], durable=False)

    with pytest.raises(SupervisorError) as failed, running(network):
        pass

    assert str(failed.value) == (
        f"broken can't start (exit code 1, no card in the slot): see {tmp_path}/log/broken.log."
    )
    assert not answers(ports.stripe)
    assert not Cluster(tmp_path).runs()


def test_it_calls_everything_off_when_asked_while_it_comes_up(tmp_path, ports):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), str(ports.web), "import time; time.sleep(600)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with supervisor:
        file = tmp_path / "run" / "web.pid"
        until(lambda: file.exists() and file.read_text())
        pid = int(file.read_text().split()[0])
        supervisor.send_signal(signal.SIGINT)
        said, errors = supervisor.communicate(timeout=30)

    assert supervisor.returncode == 0
    assert "PushCart has stopped" in said
    assert errors == ""
    assert not alive(pid)
    assert not Cluster(tmp_path).runs()


def test_it_leaves_no_program_when_it_is_killed_and_comes_up_again(tmp_path, ports):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), str(ports.web), SERVER], stdout=subprocess.PIPE, text=True
    )
    with supervisor:
        while "Stop" not in supervisor.stdout.readline():
            assert supervisor.poll() is None
        pid = ask(ports.web)[0]
        supervisor.kill()
    until(lambda: not alive(pid))
    until(lambda: not Cluster(tmp_path).runs())

    program = Program("web", (sys.executable, "-c", SERVER, str(ports.web)), port=ports.web)
    with running(Network(tmp_path, ports=ports, programs=[program], durable=False)):
        assert ask(ports.web)[0] != pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_cleanly_when_asked(tmp_path, ports, number):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), str(ports.web), SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with supervisor:
        while "Stop" not in supervisor.stdout.readline():
            assert supervisor.poll() is None
        pids = ask(ports.web)[:2]
        supervisor.send_signal(number)
        rest, errors = supervisor.communicate(timeout=30)

    assert supervisor.returncode == 0
    assert rest.strip() == "PushCart has stopped; what it knows is kept for the next bin/dev."
    assert errors == ""
    assert [pid for pid in pids if alive(pid)] == []
    assert not Cluster(tmp_path).runs()


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from pushcart.sandbox.supervisor import Network, Ports, Program
from pushcart.sandbox.supervisor.__main__ import _live
var, port, server = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
program = Program("web", (sys.executable, "-c", server, str(port)), port=port)
asyncio.run(_live(Network(var, ports=Ports.from_first(port), programs=[program], durable=False)))
"""


def test_it_ends_left_overs_and_nobody_else(tmp_path):
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    with (
        subprocess.Popen(sleeper, start_new_session=True) as left,
        subprocess.Popen(sleeper, start_new_session=True) as other,
    ):
        note(tmp_path, "web", left.pid)
        note(tmp_path, "worker", other.pid)
        (tmp_path / "worker.pid").write_text(f"{other.pid} 1")
        (tmp_path / "pusher.pid").write_text("")
        try:
            assert end_leftovers(tmp_path) == ["web"]
            assert left.wait(5) == -signal.SIGTERM
            assert other.poll() is None
            assert list(tmp_path.iterdir()) == []
        finally:
            left.kill()
            other.kill()


def test_it_is_entered_and_left_from_asynchronous_code(network, ports):
    async def live():
        async with network:
            return await asyncio.to_thread(answers, ports.web)

    assert asyncio.run(live()) is True
    assert not answers(ports.web)


def test_it_begins_empty_when_asked(tmp_path, ports):
    def count(*, fresh):
        network = Network(tmp_path, ports=ports, programs=[], durable=False, fresh=fresh)
        with running(network), psycopg.connect(network.environment["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS orders (id int)")
            connection.execute("INSERT INTO orders VALUES (1)")
            return connection.execute("SELECT count(*) FROM orders").fetchone()[0]

    assert [count(fresh=False), count(fresh=False), count(fresh=True)] == [1, 2, 1]


def test_it_leaves_a_database_of_ones_own_alone(tmp_path, ports):

    with (
        pytest.raises(SupervisorError, match="empty its database yourself"),
        running(Network(tmp_path, ports=ports, programs=[], fresh=True, database_url="postgresql:///own")),
    ):
        pass
    assert not (tmp_path / "postgres").exists()


def test_it_runs_on_a_database_of_ones_own(tmp_path, ports, programs):
    own = Cluster(tmp_path / "own", durable=False)
    network = Network(tmp_path / "var", ports=ports, programs=programs, database_url=own.start())
    with running(network):
        assert network.environment["DATABASE_URL"] == own.url
        assert answers(ports.web)
    assert own.runs()
    assert not (tmp_path / "var" / "postgres").exists()
    own.stop()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://localhost/x", "DATABASE_URL must start with postgresql://; PushCart runs on no other database."),
        ("postgresql://ann:secret@127.0.0.1:1/x", "The server that DATABASE_URL names can't be reached: "),
    ],
)
def test_it_says_what_is_wrong_with_a_database_of_ones_own(tmp_path, ports, url, sentence):
    network = Network(tmp_path, ports=ports, programs=[], database_url=url)

    with pytest.raises(SupervisorError) as refused, running(network):
        pass
    assert str(refused.value).startswith(sentence)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_it_counts_its_ports_from_the_first():
    assert Ports.from_first(9080) == Ports(web=9080, stripe=9081, outbox=9082, order_system=9083)
    with pytest.raises(SupervisorError, match="65533 is no port to begin with: choose one from 1024 to 65532"):
        Ports.from_first(65533)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_it_says_that_a_user_may_not_listen_on_a_low_port():
    program = "import os; from pushcart.sandbox.supervisor import Ports; os.setuid(65534); Ports.from_first(80).taken()"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert "SupervisorError: This user may not listen on port 80: choose one from 1024 to 65532." in run.stderr
