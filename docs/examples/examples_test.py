"""The examples that serve: started as processes, and asked over sockets. Argument: the folder of the
C++ ones."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator

FOLDER = "build/release/docs/examples"
WAIT_S = 30


@contextlib.contextmanager
def started(*words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process, and the port that it names."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process, int(process.stdout.readline().rsplit(":", 1)[1])
        finally:
            process.kill()


class Client:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self.file = self.socket.makefile("rb")

    def send(self, text: bytes) -> None:
        self.socket.sendall(text)

    def ask(self, text: bytes) -> bytes:
        self.send(text)
        return self.file.readline()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


class Upstream:
    """Answers each line with itself, `held` ones when it is let; counts its connections."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.dials = 0
        self.asked, self.let = threading.Event(), threading.Event()
        self.threads: list[threading.Thread] = []
        self.start(self.run)

    def __enter__(self) -> "Upstream":
        return self

    def __exit__(self, *_: object) -> None:
        """Once whoever dialled it has ended."""
        self.listener.shutdown(socket.SHUT_RDWR)  # Wakes accept().
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def start(self, target: Callable[..., None], *arguments: object) -> None:
        self.threads.append(threading.Thread(target=target, args=arguments, daemon=True))
        self.threads[-1].start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.dials += 1
                self.start(self.serve, connection)

    def serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file:
            for line in file:
                if line == b"hold\n":
                    self.asked.set()
                    self.let.wait(WAIT_S)
                connection.sendall(line + b"extra\n" if line == b"two\n" else line)
                if line == b"close\n":
                    return


class LineServer:
    """What both servers promise."""

    program: str
    idle: list[str]  # The option that ends idle clients after 2 s.

    def serve(
        self, *options: str
    ) -> contextlib.AbstractContextManager[tuple[subprocess.Popen[str], int]]:
        return started(self.program, "--listen", "127.0.0.1:0", *options)

    def test_a_client_is_kept_and_pipelined_lines_are_answered_in_order(self) -> None:
        with self.serve() as (_, port):
            client = Client(port)
            self.check(client.ask(b"one\n"), b"one\n")
            self.check(client.ask(b"two\nthree\n"), b"two\n")
            self.check(client.file.readline(), b"three\n")
            client.close()

    def test_whoever_comes_when_it_is_full_is_told(self) -> None:
        with self.serve("--max-clients", "1") as (_, port):
            first, second = Client(port), Client(port)
            self.check(first.ask(b"one\n"), b"one\n")
            self.check(second.file.read(), b"-ERR max number of clients reached\n")
            self.check(first.ask(b"two\n"), b"two\n")
            first.close()
            second.close()

    def test_an_idle_client_is_closed(self) -> None:
        with self.serve(*self.idle) as (_, port):
            client = Client(port)
            self.check(client.ask(b"one\n"), b"one\n")
            self.check(client.file.read(), b"")
            client.close()

    def test_upstream_connections_are_used_again(self) -> None:
        with Upstream() as upstream:
            with self.serve("--upstream", f"127.0.0.1:{upstream.port}") as (_, port):
                for _ in range(10):
                    client = Client(port)
                    self.check(client.ask(b"one\n"), b"one\n")
                    client.close()
            self.check(upstream.dials, 1)

    def test_a_surplus_byte_reaches_no_other_client(self) -> None:
        with Upstream() as upstream:
            with self.serve("--upstream", f"127.0.0.1:{upstream.port}") as (_, port):
                client = Client(port)
                client.ask(b"two\n")
                self.check(client.ask(b"three\n"), b"three\n")
                client.close()
            self.check(upstream.dials, 2)

    def test_an_upstream_that_is_not_there_is_an_error_to_the_client(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            upstream = f"127.0.0.1:{silent.getsockname()[1]}"
            with self.serve("--upstream", upstream) as (_, port):
                client = Client(port)
                self.check(client.ask(b"one\n"), b"-ERR upstream cannot be reached\n")
                client.close()

    def test_a_signal_lets_a_request_finish_and_ends_the_idle(self) -> None:
        with Upstream() as upstream:
            with self.serve("--upstream", f"127.0.0.1:{upstream.port}") as (process, port):
                idle, busy = Client(port), Client(port)
                self.check(idle.ask(b"one\n"), b"one\n")
                busy.send(b"hold\n")
                self.check(upstream.asked.wait(WAIT_S), True)
                process.send_signal(signal.SIGTERM)
                self.check(idle.file.read(), b"")
                upstream.let.set()
                self.check(busy.file.read(), b"hold\n")
                self.check(process.wait(WAIT_S), 0)
                idle.close()
                busy.close()

    @staticmethod
    def check(found: object, wanted: object) -> None:
        if found != wanted:
            raise AssertionError(f"{found!r} came, and not {wanted!r}")


class InCpp(LineServer, unittest.TestCase):
    program = f"{FOLDER}/line_server"
    idle = ["--idle-ms", "2000"]


@unittest.skipUnless(shutil.which("go"), "no Go here")
class InGo(LineServer, unittest.TestCase):
    idle = ["--idle-timeout", "2s"]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.program = f"{folder.name}/server"
        words = ["go", "build", "-buildvcs=false", "-o", cls.program, "./server"]
        subprocess.run(words, cwd="docs/examples/recipe", check=True)

    def test_everything_there_is_as_go_vet_wants_it(self) -> None:
        words = ["go", "vet", "./..."]
        environment = os.environ | {"GOFLAGS": "-buildvcs=false"}
        subprocess.run(words, cwd="docs/examples/recipe", env=environment, check=True)


class Echo(unittest.TestCase):
    def test_two_clients_at_a_time_get_what_they_send(self) -> None:
        with started(f"{FOLDER}/asio_echo") as (_, port):
            first, second = Client(port), Client(port)
            self.assertEqual(second.ask(b"two\n"), b"two\n")
            self.assertEqual(first.ask(b"one\n"), b"one\n")
            first.close()
            second.close()


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        FOLDER = sys.argv.pop(1)
        InCpp.program = f"{FOLDER}/line_server"
    unittest.main()
