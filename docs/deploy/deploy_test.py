"""Holds the files of docs/deploy to the program that they run, and to each other."""

import pathlib
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from typing import Any

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent
UNIT = DEPLOY / "systemd/stagecoach.service"
SECONDS = {"ms": 0.001, "s": 1, "min": 60}


def read(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def seconds(duration: str) -> float:
    found = re.fullmatch(r"(\d+)(ms|s|min)", duration)
    assert found is not None, duration
    number, unit = found.groups()
    return int(number) * SECONDS[unit]


def unit_settings() -> dict[str, list[str]]:
    """{name: [value, …]}, continued lines joined."""
    settings: dict[str, list[str]] = {}
    text = UNIT.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if (setting := re.match(r"(\w+)=(.*)", line)) is not None:
            settings.setdefault(setting[1], []).append(setting[2])
    return settings


def unit_command() -> list[str]:
    return shlex.split(unit_settings()["ExecStart"][0])


def manifest(name: str) -> dict[str, Any]:
    return yaml.safe_load(read(f"kubernetes/{name}.yaml"))


def container() -> dict[str, Any]:
    return manifest("deployment")["spec"]["template"]["spec"]["containers"][0]


def container_options() -> list[str]:
    return [word for option in container()["args"] for word in option.split("=", 1)]


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def only(pattern: str, text: str) -> str:
    (found,) = set(re.findall(pattern, text))
    return found


def system_calls(group: str) -> set[str]:
    """The names in a group of systemd's, and in those that it is made of."""
    command = ["systemd-analyze", "syscall-filter", group]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = {line.strip() for line in output.splitlines()[1:] if not line.strip().startswith("#")}
    for inner in [name for name in names if name.startswith("@")]:
        names |= system_calls(inner)
    return names


def start(
    program: pathlib.Path, options: list[str], *before: str
) -> tuple[subprocess.Popen[str], str]:
    """The gateway with these options, on free ports."""
    free = [*options, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]
    for given in ["--listen", "--metrics-listen"]:
        at = free.index(given)
        del free[at : at + 2]
    process = subprocess.Popen(
        [*before, program, *free], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline()


class DeployTest(unittest.TestCase):
    program: pathlib.Path

    def test_the_program_takes_every_option(self) -> None:
        for options in [unit_command()[1:], container_options()]:
            options[options.index("--upstream") + 1] = "localhost:6379"  # Here is no such host.
            process, line = start(self.program, options)
            process.kill()
            _, errors = process.communicate()
            self.assertIn("listening on", line, errors)

    def test_systemd_takes_the_unit(self) -> None:
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        text = UNIT.read_text(encoding="utf-8").replace(unit_command()[0], f'"{self.program}"')
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder, UNIT.name)
            unit.write_text(text, encoding="utf-8")
            command: list[str | pathlib.Path] = ["systemd-analyze", "verify", "--man=no", unit]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_its_filter_lets_the_program_live(self) -> None:
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        allowed: set[str] = set()
        for line in unit_settings()["SystemCallFilter"]:
            groups = [system_calls(group) for group in line.lstrip("~").split()]
            allowed = allowed - set().union(*groups) if line[0] == "~" else allowed.union(*groups)
        with tempfile.NamedTemporaryFile("r") as log:
            options = ["--upstream", "localhost:6379", "--drain-delay", "10ms"]
            options += ["--listen", "", "--metrics-listen", ""]
            process, line = start(self.program, options, "strace", "-f", "-qq", "-o", log.name)
            port = line.strip().rsplit(":", 1)[1]
            for words in ["PING", "GET key", "SET key value"]:
                subprocess.run(
                    ["redis-cli", "-p", port, *words.split()], capture_output=True, check=True
                )
            (child,) = (
                pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            )
            subprocess.run(["kill", f"-{signal.SIGTERM.value}", child], check=True)
            process.communicate(timeout=60)
            called = set(re.findall(r"^\d+ +(\w+)\(", log.read(), re.MULTILINE))
        self.assertGreater(len(called), 20)
        self.assertEqual(called - allowed, set())

    def test_nobody_is_killed_while_it_drains(self) -> None:
        words = unit_command()
        drain = seconds(option(words, "--drain-delay")) + seconds(option(words, "--drain-timeout"))
        self.assertGreater(seconds(unit_settings()["TimeoutStopSec"][0]), drain)

        pod = manifest("deployment")["spec"]["template"]["spec"]
        sleep = int(container()["lifecycle"]["preStop"]["exec"]["command"][1])
        drain = sleep + seconds(option(container_options(), "--drain-timeout"))
        self.assertGreater(pod["terminationGracePeriodSeconds"], drain)

    def test_the_balancer_notices_within_the_drain_delay(self) -> None:
        gateways = re.findall(r"^backend gateways$.*?^\S", read("haproxy.cfg"), re.M | re.S)[0]
        interval = seconds(only(r"\binter (\w+)", gateways))
        timeout = seconds(only(r"timeout check (\w+)", read("haproxy.cfg")))
        self.assertGreater(seconds(option(unit_command(), "--drain-delay")), interval + timeout)

    def test_descriptors_carry_the_clients(self) -> None:
        limit = int(unit_settings()["LimitNOFILE"][0])
        if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < limit:
            self.skipTest(f"the limit of open files is below {limit} here")
        most = option(unit_command(), "--pool-max-open")
        options = ["--listen", "", "--metrics-listen", "", "--workers", most]
        options += ["--pool-max-open", most]
        options += ["--max-clients", option(unit_command(), "--max-clients")]
        process, _ = start(self.program, options, "prlimit", f"--nofile={limit}")
        process.terminate()
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, errors)
        self.assertNotIn("lowered", errors)

    def test_ports_and_addresses_meet(self) -> None:
        port = only(r"server gw\d 10\.77\.0\.1\d:(\d+)", read("haproxy.cfg"))
        self.assertEqual(option(unit_command(), "--listen"), f"0.0.0.0:{port}")
        entrance = only(r"frontend redis\n    bind :(\d+)", read("haproxy.cfg"))
        self.assertEqual(option(unit_command(), "--upstream"), f"10.77.0.10:{entrance}")

        ports = {each["name"]: each["containerPort"] for each in container()["ports"]}
        options = container_options()
        self.assertEqual(option(options, "--listen"), f"0.0.0.0:{ports['redis']}")
        self.assertEqual(option(options, "--metrics-listen"), f"0.0.0.0:{ports['metrics']}")
        for probe in ["startupProbe", "readinessProbe"]:
            self.assertIn(f"-p {ports['redis']} ping", container()[probe]["exec"]["command"][2])
        self.assertEqual(manifest("service")["spec"]["ports"][0]["targetPort"], "redis")

    def test_the_manifests_mean_the_same_pods(self) -> None:
        deployment = manifest("deployment")
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        self.assertEqual(deployment["spec"]["selector"]["matchLabels"], labels)
        self.assertEqual(manifest("service")["spec"]["selector"], labels)
        self.assertEqual(manifest("disruption")["spec"]["selector"]["matchLabels"], labels)
        scaler = manifest("autoscaler")["spec"]
        self.assertEqual(scaler["scaleTargetRef"]["name"], deployment["metadata"]["name"])
        self.assertEqual(scaler["minReplicas"], deployment["spec"]["replicas"])

    def test_redis_takes_the_connections_of_all_gateways(self) -> None:
        most = int(only(r"maxclients (\d+)", read("redis.conf")))
        pool = int(option(container_options(), "--pool-max-open"))
        self.assertLess(manifest("autoscaler")["spec"]["maxReplicas"] * pool, most)
        hosts = len(re.findall(r"^    server gw", read("haproxy.cfg"), re.M))
        self.assertLess(hosts * int(option(unit_command(), "--pool-max-open")), most)

    def test_alerts_ask_for_counters_that_there_are(self) -> None:
        asked = set(re.findall(r"stagecoach_\w+", read("prometheus/alerts.yml")))
        options = ["--upstream", "localhost:6379", "--listen", "", "--metrics-listen", ""]
        process, _ = start(self.program, options)
        try:
            assert process.stderr is not None
            lines = (re.search(r"metrics at (\S+)", line) for line in process.stderr)
            with urllib.request.urlopen(next(filter(None, lines))[1], timeout=60) as answer:
                shown = set(re.findall(r"^stagecoach_\w+", answer.read().decode(), re.M))
        finally:
            process.kill()
            process.communicate()
        self.assertGreater(len(asked), 5)
        self.assertEqual(asked - shown, set())

    def test_prometheus_takes_the_alerts(self) -> None:
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        command: list[str | pathlib.Path] = [
            "promtool",
            "check",
            "rules",
            DEPLOY / "prometheus/alerts.yml",
        ]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_worker_for_each_cpu_of_the_limit(self) -> None:
        limit = container()["resources"]["limits"]["cpu"]
        self.assertEqual(option(container_options(), "--workers"), limit)


if __name__ == "__main__":
    DeployTest.program = pathlib.Path(sys.argv.pop(), "stage4_workers/stage4_workers").resolve()
    unittest.main()
