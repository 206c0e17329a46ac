"""The embedded PostgreSQL: one server for all who ask, gone with the last of them, whatever ended them."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tallystick.config import embedded
from tallystick.config.embedded import guard, installation
from tallystick.config.embedded.home import Account, Home

SOURCE = Path(__file__).resolve().parents[2] / "src"

# Holds on to the server until told otherwise, and says when it has it.
USER = """
import sys, pathlib
from tallystick.config import embedded
print(embedded.use(pathlib.Path(sys.argv[1]), passing=True).url(), flush=True)
sys.stdin.read()
"""

User = subprocess.Popen[str]
Begin = Callable[[], User]


def until(met: Callable[[], object], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    if folder.exists():
        _await_end(folder)


def _await_end(folder: Path) -> None:
    """See the server off; the files of one that was killed stay, so that it can be started again."""
    import shutil

    server = embedded.at(folder)
    assert until(lambda: not server.is_alive())
    if server.home.account.is_other:
        shutil.rmtree(server.home.folder, ignore_errors=True)


@pytest.fixture
def begin(data: Path) -> Iterator[Begin]:
    """`begin()` starts a process that uses the server, and waits until it has it."""
    users: list[User] = []

    def begin() -> User:
        path = os.environ | {"PYTHONPATH": str(SOURCE)}
        words = [sys.executable, "-c", USER, str(data)]
        user = subprocess.Popen(words, env=path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        users.append(user)
        assert user.stdout
        assert user.stdout.readline().startswith("postgresql://")
        return user

    yield begin
    for user in users:
        user.kill()
        user.communicate()


def ask(server: embedded.Server, question: str, role: str = "tallystick_owner") -> object:
    with psycopg.connect(server.url(role=role), autocommit=True) as connection:
        cursor = connection.execute(question.encode())
        row = cursor.fetchone() if cursor.description else None
    return row and row[0]


def postmaster(server: embedded.Server) -> int:
    pid = guard.pid_of(server.home)
    assert pid
    return pid


def guard_of(server: embedded.Server) -> int:
    return int((Path("/proc") / str(postmaster(server)) / "stat").read_text().rpartition(")")[2].split()[1])


def test_it_has_two_roles_of_which_neither_rules(begin: Begin, data: Path) -> None:
    begin()
    server = embedded.at(data)
    asked = "select rolsuper or rolcreaterole or rolbypassrls from pg_roles where rolname = current_user"
    assert [ask(server, asked, role) for role in ("tallystick_owner", "tallystick")] == [False, False]
    assert (
        ask(server, "select pg_get_userbyid(datdba) from pg_database where datname = 'tallystick'")
        == "tallystick_owner"
    )


def test_it_listens_on_no_network_address(begin: Begin, data: Path) -> None:
    begin()
    assert ask(embedded.at(data), "show listen_addresses") == ""


def test_only_its_account_enters_the_folders(begin: Begin, data: Path) -> None:
    begin()
    home = embedded.at(data).home
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (home.data, home.run)} == {0o700}
    assert stat.S_IMODE(home.log.stat().st_mode) == 0o600


def test_it_stays_for_the_second_user_and_stops_after_the_last(begin: Begin, data: Path) -> None:
    first, second = begin(), begin()
    server = embedded.at(data)
    pid = postmaster(server)
    first.kill()
    time.sleep(0.5)
    assert postmaster(server) == pid
    assert server.is_running()
    second.kill()
    assert until(lambda: not server.home.folder.exists())


def test_many_who_start_at_once_share_one(begin: Begin, data: Path) -> None:
    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(lambda _: begin(), range(6)))
    assert (
        ask(embedded.at(data), "select count(*) from pg_stat_activity where backend_type = 'checkpointer'", "postgres")
        == 1
    )


def test_rows_outlive_a_kill_of_the_server(begin: Begin, data: Path) -> None:
    user = begin()
    server = embedded.at(data)
    ask(server, "set synchronous_commit = on; create table kept as select 7 as number")
    os.kill(postmaster(server), signal.SIGKILL)
    assert until(lambda: not server.is_running())
    begin()
    assert ask(server, "select number from kept") == 7
    user.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_the_server_dies_with_its_guard(begin: Begin, data: Path) -> None:
    begin()
    server = embedded.at(data)
    os.kill(guard_of(server), signal.SIGKILL)
    assert until(lambda: not server.is_alive())
    begin()
    assert server.is_running()


def test_a_start_that_was_killed_half_way_is_made_again(begin: Begin, data: Path) -> None:
    home = embedded.at(data).home
    home.make()
    half = home.folder / "data.new-1"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    (home.folder / "new-1").mkdir()
    begin()
    assert not half.exists()
    assert embedded.at(data).is_running()


def test_a_process_id_that_is_somebody_elses_by_now_is_no_obstacle(begin: Begin, data: Path) -> None:
    user = begin()
    server = embedded.at(data)
    os.kill(postmaster(server), signal.SIGKILL)
    assert until(lambda: not server.is_running())
    user.kill()
    user.communicate()
    file = server.home.data / "postmaster.pid"
    _, rest = file.read_text().split("\n", 1)
    file.write_text(f"{os.getpid()}\n{rest}")
    begin()
    assert server.is_running()


def test_another_major_version_is_refused_in_plain_words(data: Path) -> None:
    home = embedded.at(data).home
    home.make()
    home.data.mkdir()
    (home.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(embedded.Unusable, match=r"written by PostgreSQL 16, and this Tallystick brings 18"):
        embedded.use(data)
    _let_go(data)


def _let_go(data: Path) -> None:
    from tallystick.config.embedded.server import let_go

    let_go(data)


def test_a_new_data_folder_of_the_same_name_finds_no_old_database(data: Path) -> None:
    before = embedded.at(data).home
    (data / "database-mark").unlink()
    after = embedded.at(data).home
    assert (before != after) == before.account.is_other


def test_processes_that_meet_a_new_data_folder_at_once_agree_on_it(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def meet(_: int) -> Home:
        barrier.wait()
        return Home.of(tmp_path / "data")

    with ThreadPoolExecutor(8) as crowd:
        assert len(set(crowd.map(meet, range(8)))) == 1


def test_a_long_path_gets_a_short_folder_for_its_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "is_other", False)
    deep = tmp_path / ("deep" * 20) / ("deeper" * 10)
    home = Home.of(deep)
    assert home.folder.is_relative_to(deep)
    assert len(os.fsencode(home.socket)) <= 107
    assert not home.run.is_relative_to(deep)


def test_a_socket_folder_that_somebody_made_first_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir(mode=0o777)
    run.chmod(0o777)
    with pytest.raises(embedded.Unusable, match="not a private folder"):
        Home(tmp_path, run, Account(os.geteuid(), os.getegid())).make_run()


def test_linked_programs_keep_the_modes_of_the_originals(tmp_path: Path) -> None:
    source = tmp_path / "readable"
    source.write_text("program")
    source.chmod(0o755)
    closed = tmp_path / "closed"
    closed.write_text("program")
    closed.chmod(0o700)
    installation._link(str(source), str(tmp_path / "linked"))
    installation._link(str(closed), str(tmp_path / "copied"))
    assert (tmp_path / "linked").stat().st_ino == source.stat().st_ino
    assert (tmp_path / "copied").stat().st_ino != closed.stat().st_ino
    assert stat.S_IMODE((tmp_path / "copied").stat().st_mode) == 0o755
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server needs programs of its own")
def test_an_upgrade_leaves_no_old_programs_behind(begin: Begin, data: Path) -> None:
    home = embedded.at(data).home
    home.make()
    (home.folder / "install-1-1").mkdir()
    begin()
    assert [path.name for path in home.folder.glob("install-*")] != ["install-1-1"]
    assert len(list(home.folder.glob("install-*"))) == 1
