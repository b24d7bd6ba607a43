from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest

from pushcart.sandbox import postgres
from pushcart.sandbox.postgres import Cluster, PostgresError
from pushcart.sandbox.postgres import binaries as binaries_module
from pushcart.sandbox.postgres.binaries import find_binaries
from pushcart.sandbox.postgres.owner import PRIVATE_UID
from pushcart.sandbox.postgres.socket import socket_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
NOBODY = 65534
# CAP_DAC_READ_SEARCH
LOOK_INTO = 1 << 2


@pytest.fixture
def open_folder():
    """A folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="pushcart-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path / "var", durable=False)
    yield cluster
    cluster.stop()


def ask(url, question="SELECT 42", **more):
    with psycopg.connect(url, **more) as connection:
        return connection.execute(question).fetchone()[0]


def pid_of(cluster):
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def process_status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def gone(pid):
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}/cwd").is_symlink() and time.monotonic() < until:
        try:
            Path(f"/proc/{pid}/cwd").readlink()
        except OSError:
            return True
        time.sleep(0.02)
    return not Path(f"/proc/{pid}").exists()


def test_it_starts_from_nothing_and_keeps_what_was_written(cluster):
    url = cluster.start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    cluster.stop()

    assert not (cluster.data / "postmaster.pid").exists()
    assert ask(cluster.start(), "SELECT number FROM kept") == 7


def test_it_uses_the_server_that_runs_already(cluster):
    url = cluster.start()

    assert Cluster(cluster.var).start() == url
    assert ask(url, "SELECT count(*)::int FROM pg_database WHERE datname = 'pushcart'") == 1


def test_it_waits_for_a_start_in_progress(cluster):
    urls = []
    clusters = [cluster, *(Cluster(cluster.var, durable=False) for _ in range(3))]
    threads = [threading.Thread(target=lambda each=each: urls.append(each.start())) for each in clusters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(urls) == 4
    assert len(set(urls)) == 1
    assert ask(urls[0]) == 42
    for each in clusters:
        each.stop()


def test_it_listens_on_its_socket_alone_and_asks_for_the_password(cluster):
    url = cluster.start()

    assert ask(url, "SHOW listen_addresses") == ""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="wrong")
    assert ask(url, "SELECT rolpassword FROM pg_authid WHERE rolname = 'pushcart'").startswith("SCRAM-SHA-256$")
    assert ask(url, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules") == "scram-sha-256"


def test_it_keeps_address_data_and_socket_to_its_owner(cluster):
    cluster.start()

    assert stat.S_IMODE((cluster.home / "url").stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_folder(cluster.home).stat().st_mode) == 0o700


def test_it_sorts_by_code_point_and_knows_letters_beyond_ascii(cluster):
    url = cluster.start()

    assert ask(url, "SELECT upper('é')") == "É"
    assert ask(url, "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['a','B','é','Z']) x") == "BZaé"
    assert ask(url, "SHOW server_encoding") == "UTF8"


def test_it_starts_after_a_kill_with_all_that_was_committed(tmp_path):
    cluster = Cluster(tmp_path)
    with psycopg.connect(cluster.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    killed = pid_of(cluster)
    os.kill(killed, signal.SIGKILL)
    cluster._process.wait()
    try:
        assert ask(cluster.start(), "SELECT number FROM kept") == 7
        assert pid_of(cluster) != killed
    finally:
        cluster.stop()


def test_it_is_not_misled_by_a_pid_that_is_anothers_by_now(cluster):
    cluster.start()
    locks = [cluster.data / "postmaster.pid", socket_folder(cluster.home) / ".s.PGSQL.5432.lock"]
    left = [lock.read_text() for lock in locks]
    cluster.stop()
    for lock, text in zip(locks, left, strict=True):
        lock.write_text(text.replace(text.split()[0], str(os.getpid()), 1))

    assert ask(cluster.start()) == 42


def test_it_makes_its_data_again_when_a_kill_left_half_of_it(cluster):
    half = cluster.home / "data.new" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    (cluster.home / "url").write_text("postgresql://pushcart:old@/pushcart?host=/nowhere\n")

    assert ask(cluster.start()) == 42
    assert not half.exists()


def test_it_makes_up_for_a_kill_between_data_and_database(cluster):
    with psycopg.connect(cluster.start(), dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE pushcart")

    assert ask(Cluster(cluster.var).start(), "SELECT current_database()") == "pushcart"


def test_it_goes_with_its_starter_when_tied(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from pushcart.sandbox.postgres import Cluster\n"
        "c = Cluster(Path(sys.argv[1]), durable=False); c.start(tied=True); print('up', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as starter:
        assert starter.stdout.readline() == b"up\n"
        postmaster = pid_of(Cluster(tmp_path))
        starter.kill()

    assert gone(postmaster)
    assert not (tmp_path / "postgres/data/postmaster.pid").exists()


def test_it_finds_a_shorter_socket_for_a_long_path(tmp_path):
    cluster = Cluster(tmp_path / ("long" * 30) / "var", durable=False)
    try:
        assert ask(cluster.start()) == 42
        folder = socket_folder(cluster.home)
        assert folder.parent == Path(tempfile.gettempdir())
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        cluster.stop()
    assert not folder.exists()


def test_it_refuses_a_socket_folder_that_somebody_laid_in_the_temp_folder(tmp_path):
    cluster = Cluster(tmp_path / ("trap" * 30) / "var", durable=False)
    folder = socket_folder(cluster.home)
    folder.mkdir(mode=0o755)
    folder.chmod(0o777)
    try:
        with pytest.raises(PostgresError, match="is not as it was left"):
            cluster.start()
    finally:
        folder.rmdir()


def test_it_takes_odd_characters_in_its_path(tmp_path):
    cluster = Cluster(tmp_path / 'a, "b" %20 é', durable=False)
    try:
        assert ask(cluster.start()) == 42
    finally:
        cluster.stop()


def test_it_moves_with_its_project(tmp_path):
    before = Cluster(tmp_path / "before", durable=False)
    before.start()
    before.stop()
    before.var.rename(tmp_path / "after")
    after = Cluster(tmp_path / "after", durable=False)
    try:
        assert ask(after.start()) == 42
    finally:
        after.stop()


def test_it_says_what_to_do_with_data_of_another_version(cluster):
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(PostgresError, match=r"made by PostgreSQL 9 and here is \d+.* mv .*postgres .*postgres\.old"):
        cluster.start()


def test_it_says_what_to_do_with_broken_data(cluster):
    cluster.start()
    cluster.stop()
    (cluster.data / "global" / "pg_control").write_bytes(b"")

    with pytest.raises(
        PostgresError, match=r"does not start .*pg_control.* see .*postgres\.log, or bring back"
    ) as told:
        cluster.start()
    assert "\n" not in str(told.value)


def test_it_says_what_to_do_without_its_password(cluster):
    cluster.start()
    cluster.stop()
    (cluster.home / "url").unlink()

    with pytest.raises(PostgresError, match="url, which holds the password of the data, is missing"):
        cluster.start()


def test_it_has_no_address_before_its_first_start(tmp_path):
    with pytest.raises(PostgresError, match="has no database yet: run bin/dev"):
        _ = Cluster(tmp_path).url


def test_it_stops_what_never_started(tmp_path):
    Cluster(tmp_path).stop()

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def without_the_wheel(monkeypatch):
    monkeypatch.setattr(binaries_module, "find_spec", lambda _: None)
    binaries_module._all.cache_clear()
    yield
    binaries_module._all.cache_clear()


def test_it_takes_the_machines_postgres_where_the_wheel_does_not_fit(cluster, without_the_wheel):
    try:
        version = find_binaries().version
    except PostgresError:
        pytest.skip("this machine has no PostgreSQL of its own")

    assert ask(cluster.start(), "SHOW server_version_num").startswith(str(version))
    assert ask(cluster.url, "SELECT upper('é')") == "É"


def test_it_says_what_to_install_where_there_is_none(cluster, without_the_wheel, monkeypatch):
    monkeypatch.setattr(binaries_module, "_folders", list)

    with pytest.raises(PostgresError, match=r"No PostgreSQL runs here: .*apt-get install postgresql.* DATABASE_URL"):
        cluster.start()


@as_root
def test_it_runs_as_a_user_of_its_own_without_any_right_when_started_by_root(open_folder):
    cluster = Cluster(open_folder / "var", durable=False)
    try:
        url = cluster.start()
        status = process_status(pid_of(cluster))
        server = Path(find_binaries().postgres)

        assert set(status["Uid"].split()) == {str(PRIVATE_UID)}
        assert status["Groups"].strip() == ""
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == (0 if is_open(server) else LOOK_INTO)
        assert status["NoNewPrivs"] == "1"
        assert cluster.data.stat().st_uid == PRIVATE_UID
        assert (cluster.home / "url").stat().st_uid == 0
        assert ask(url) == 42
    finally:
        cluster.stop()


@as_root
def test_it_may_only_look_into_folders_that_root_keeps_to_itself(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    above = [private, *private.parents]
    before = [(folder.stat().st_mode, folder.stat().st_uid) for folder in above]
    cluster = Cluster(private / "var", durable=False)
    try:
        assert ask(cluster.start()) == 42
        status = process_status(pid_of(cluster))
    finally:
        cluster.stop()

    assert set(status["Uid"].split()) == {str(PRIVATE_UID)}
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == LOOK_INTO
    assert [(folder.stat().st_mode, folder.stat().st_uid) for folder in above] == before


@as_root
def test_it_lets_no_other_user_to_its_socket(open_folder):
    cluster = Cluster(open_folder / "var", durable=False)
    url = cluster.start()
    try:
        asked = run_as(NOBODY, f"import psycopg; psycopg.connect({url!r})")
        assert "Permission denied" in asked.stderr
    finally:
        cluster.stop()


@as_root
def test_it_runs_for_an_ordinary_user_and_later_for_root(open_folder):
    os.chown(open_folder, NOBODY, NOBODY)
    started = run_as(
        NOBODY,
        "from pathlib import Path; from pushcart.sandbox.postgres import Cluster\n"
        f"c = Cluster(Path({str(open_folder / 'var')!r}), durable=False); print(c.start()); c.stop()",
    )
    assert started.stderr == ""
    assert (open_folder / "var/postgres/data").stat().st_uid == NOBODY

    cluster = Cluster(open_folder / "var", durable=False)
    try:
        assert ask(cluster.start()) == 42
        assert set(process_status(pid_of(cluster))["Uid"].split()) == {str(NOBODY)}
    finally:
        cluster.stop()


@as_root
def test_it_tells_an_ordinary_user_whose_it_is(open_folder):
    cluster = Cluster(open_folder / "var", durable=False)
    cluster.start()
    cluster.stop()
    (cluster.home / "lock").chmod(0o666)

    tried = run_as(
        NOBODY,
        "from pathlib import Path; from pushcart.sandbox.postgres import Cluster, PostgresError\n"
        f"try: Cluster(Path({str(cluster.var)!r})).start()\n"
        "except PostgresError as error: print(error)",
    )
    assert "run this as root or as" in tried.stdout
    assert tried.stderr == ""


def is_open(program):
    """Whether every user can reach it: this copy of the project may stand in a folder of root's."""
    return all(folder.stat().st_mode & 1 for folder in program.parents)


def run_as(uid, program):
    """A Python of this version that every user may run: the one of this test may stand in a folder of root's."""
    packages = Path(psycopg.__file__).parents[1]
    sources = Path(postgres.__file__).parents[3]
    python = f"/usr/bin/python3.{sys.version_info.minor}"
    if not Path(python).exists() or not is_open(Path(psycopg.__file__)):
        pytest.skip("no Python and no packages here that an ordinary user can reach")
    return subprocess.run(
        [python, "-c", program],
        user=uid,
        group=uid,
        extra_groups=[],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{sources}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
