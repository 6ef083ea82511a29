"""The lab's commands, as a user gives them, with the programs of the build in the argument."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterable

from cluster import testing
from waiting import wait_until

UNPERMITTED = ["unshare", "--user", "--map-root-user", "sh", "-c"]
UNPERMITTED += ['echo 0 >/proc/sys/user/max_net_namespaces && exec "$0" "$@"']


class Lab(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(self.cluster, "down")
        self.folder = folder.name
        (pathlib.Path(self.folder) / "build").mkdir()
        os.symlink(BUILD, f"{self.folder}/build/release")

    def cluster(
        self, *arguments: str, before: Iterable[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        command = [*before, sys.executable, "-m", "cluster", *arguments]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )

    def assert_refused(self, found: subprocess.CompletedProcess[str], words: str) -> None:
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertRegex(found.stderr, f"^cluster: [^\n]*{words}[^\n]*\n$")

    def up(self) -> str:
        found = self.cluster("up")
        self.assertEqual(found.returncode, 0, found.stderr)
        return found.stdout

    def redis_cli(self, *words: str) -> str:
        command = ["redis-cli", "-h", "10.77.0.10", *words]
        return self.cluster("on", "client2", *command).stdout.strip()

    def processes(self) -> list[str]:
        """The processes with the lab's folder among their arguments."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if self.folder.encode() in path.read_bytes():
                    found.append(path.parent.name)
            except OSError:  # it has ended
                pass
        return found

    def test_up_on_down(self) -> None:
        self.assertRegex(self.up(), r"^Up after [\d.]+ s")
        self.assertEqual(self.redis_cli("SET", "greeting", "hello"), "OK")
        self.assertEqual(self.redis_cli("GET", "greeting"), "hello")
        self.assertEqual(self.cluster("on", "gw1", "sh", "-c", "exit 7").returncode, 7)
        self.assert_refused(self.cluster("up"), "up already: ./run cluster down")
        self.assertTrue(self.processes())
        self.assertEqual(self.cluster("down").stdout, "Ended.\n")
        wait_until(lambda: not self.processes(), "all of it ends")
        self.assertEqual(self.cluster("down").stdout, "No cluster is up.\n")
        self.assert_refused(self.cluster("on", "gw1", "true"), "no cluster is up")

    def test_nothing_survives_its_supervisor_and_what_is_left_is_no_obstacle(self) -> None:
        self.up()
        outermost = int(pathlib.Path(self.folder, "build/cluster.pid").read_text(encoding="ascii"))
        os.kill(outermost, signal.SIGKILL)
        wait_until(lambda: not self.processes(), "all of it ends")
        self.up()
        self.assertEqual(self.redis_cli("PING"), "PONG")

    def test_refuses_where_namespaces_are_not_permitted(self) -> None:
        found = self.cluster("up", before=UNPERMITTED)
        self.assert_refused(found, "permits no network namespaces of one's own")

    def test_refuses_a_failure_that_it_does_not_know(self) -> None:
        self.assert_refused(self.cluster("chaos", "flood"), "'flood': there are rolling, ")


if __name__ == "__main__":
    BUILD = os.path.abspath(sys.argv.pop())
    testing.skip_where_impossible()
    unittest.main()
