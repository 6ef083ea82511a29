"""Where the lab is: namespaces of its own, which end with their init process, whatever ends that; and a
lock that the outermost process holds. So nothing has to be cleaned up before the next one."""

import fcntl
import os
import pathlib
import resource
import signal
import subprocess
import sys
from typing import NoReturn, TextIO

from waiting import Failure, wait_until

MARK = "STAGECOACH_CLUSTER"  # in the environment of programs inside: "new", or "running"
FOLDER = pathlib.Path("build/cluster")
LOCK, PID, ERRORS = (pathlib.Path(f"build/cluster.{name}") for name in ["lock", "pid", "errors"])
UNSHARE = "unshare --net --mount --pid --fork --kill-child --mount-proc".split()
TRIAL = """mount -t tmpfs none /run && ip netns add trial && ip link add trial type bridge &&
ip link add one type veth peer name other netns trial"""


def fresh() -> list[str]:
    """The command line that runs another inside namespaces of its own."""
    reason = ""
    attempts: list[list[str]] = [[], ["--map-root-user"]]
    for options in attempts:
        command = [*UNSHARE, *options]
        try:
            trial = subprocess.run(
                [*command, "sh", "-c", TRIAL], capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise Failure(f"the lab needs {error.filename}") from None
        if trial.returncode == 0:
            return command
        reason = reason or trial.stderr.strip().partition("\n")[0]
    raise Failure(f"this system permits no network namespaces of one's own ({reason})")


def enter_fresh() -> NoReturn:
    """Runs this program again, inside; what it starts ends with it."""
    os.environ[MARK] = "new"
    os.execvp(UNSHARE[0], [*fresh(), sys.executable, *sys.orig_argv[1:]])


def claim() -> TextIO:
    """Takes the lock. A process that inherits the file holds it, too."""
    lock = take_lock()
    if not lock:
        raise Failure("a cluster is up already: ./run cluster down ends it")
    os.set_inheritable(lock.fileno(), True)
    return lock


def note(pid: int) -> None:
    """Notes which process is the outermost, for later ones."""
    PID.write_text(f"{pid}\n", encoding="ascii")


def settle() -> None:
    """Prepares what the inside needs first."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def take_lock() -> TextIO | None:
    """None if a cluster is up."""
    try:
        LOCK.parent.mkdir(exist_ok=True)
        lock = open(LOCK, "w", encoding="ascii")
    except OSError as error:
        raise Failure(f"{LOCK} cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def is_up() -> bool:
    lock = take_lock()
    if lock:
        lock.close()
    return lock is None


def outermost() -> int:
    """The process whose end ends the cluster that is up; its only child is the cluster's init."""
    try:
        return int(PID.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        raise Failure("the cluster is only just starting") from None


def into_running(command: list[str]) -> list[str]:
    """The command line that runs this one in the cluster that is up."""
    parent = outermost()
    children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    target = children.split()[0]
    options = ["--target", target, "--mount", "--net", "--pid", f"--wd={os.getcwd()}"]
    if os.readlink(f"/proc/{target}/ns/user") != os.readlink("/proc/self/ns/user"):
        options += ["--user", "--preserve-credentials"]
    return ["nsenter", *options, "--", *command]


def enter_running() -> NoReturn:
    """Runs this program again in the cluster that is up."""
    os.environ[MARK] = "running"
    command = into_running([sys.executable, *sys.orig_argv[1:]])
    os.execvp(command[0], command)


def end() -> bool:
    """Whether there was a cluster to end."""
    if not is_up():
        return False
    os.kill(outermost(), signal.SIGKILL)
    wait_until(lambda: not is_up(), "the cluster ends")
    return True
