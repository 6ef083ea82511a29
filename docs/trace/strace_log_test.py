"""Tests of strace_log.py and of what recording.py makes of its calls."""

import unittest
from typing import Any

from docs.trace import record, recording, strace_log

GATEWAY, CLIENT, UPSTREAM = 7001, 50000, 6000
SERVED = f"4<TCP:[127.0.0.1:{GATEWAY}->127.0.0.1:{CLIENT}]>"
DIALLED = f"6<TCP:[127.0.0.1:40000->127.0.0.1:{UPSTREAM}]>"
THREAD = "CLONE_VM|CLONE_THREAD|CLONE_SYSVSEM"


def calls(*lines: str) -> list[strace_log.Call]:
    return list(strace_log.calls(f"{line}\n" for line in lines))


def line(second: int, text: str, tid: int = 10) -> str:
    return f"{tid} {second}.000000000 {text}"


def names() -> recording.Names:
    found = recording.Names(GATEWAY, UPSTREAM)
    for tid, lane in [(1, "client"), (10, "gateway"), (11, "gateway"), (20, "upstream")]:
        found.add_thread(tid, lane)
    return found


def event(text: str, tid: int = 10) -> Any:
    return recording.call_event(calls(line(1, text, tid))[0], names())


class Lines(unittest.TestCase):
    def test_a_whole_line_says_when_it_began_and_how_long_it_took(self) -> None:
        (call,) = calls(
            f'10 5.000000100 recvfrom({SERVED}, "x", 1, 0, NULL, NULL) = 1 <2.000000001>'
        )
        self.assertEqual((call.tid, call.name, call.result), (10, "recvfrom", "1"))
        self.assertEqual((call.begun, call.ended), (5_000_000_100, 7_000_000_101))
        self.assertEqual(call.endpoint, (GATEWAY, CLIENT))

    def test_what_another_thread_interrupted_is_put_together(self) -> None:
        accepted, closed = calls(
            line(1, "accept4(3<TCP:[127.0.0.1:7001]>, NULL, NULL, SOCK_CLOEXEC <unfinished ...>"),
            line(2, f"close({DIALLED}) = 0 <0.000000010>", tid=11),
            line(3, f"<... accept4 resumed>) = {SERVED} <2.000000000>"),
        )[::-1]
        self.assertEqual((accepted.begun, accepted.ended), (10**9, 3 * 10**9))
        self.assertEqual(accepted.endpoint, (GATEWAY, 0))
        self.assertEqual(accepted.new_endpoint, (GATEWAY, CLIENT))
        self.assertEqual(closed.name, "close")

    def test_what_still_waits_is_left_out_and_so_are_signals(self) -> None:
        self.assertEqual(
            calls(
                line(1, "epoll_wait(5<anon_inode:[eventpoll]>,  <unfinished ...>"),
                line(2, "--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER} ---"),
                line(3, "+++ exited with 0 +++", tid=11),
                "11 4.000000000 recvfrom(" + SERVED,
            ),
            [],
        )

    def test_what_a_signal_interrupts_is_left_out(self) -> None:
        self.assertEqual(
            calls(
                line(1, f"recvfrom({SERVED}, 0x7f, 9, 0, NULL, NULL) = -1 EINTR (Interrupted)"),
                line(2, "accept4(3<TCP:[127.0.0.1:7001]>, NULL, NULL, 0) = ? ERESTARTSYS (To be)"),
                line(3, "--- stopped by SIGSTOP ---"),
            ),
            [],
        )

    def test_errors_and_calls_that_do_not_return(self) -> None:
        failed, ended = calls(
            line(
                1,
                f"recvfrom({SERVED}, 0x7f, 9, 0, NULL, NULL) = -1 EAGAIN (Resource) <0.000000001>",
            ),
            line(2, "exit(0)         = ?"),
        )
        self.assertEqual(failed.error, "EAGAIN")
        self.assertEqual((ended.name, ended.result, ended.endpoint), ("exit", "?", None))

    def test_threads_and_processes_are_told_apart(self) -> None:
        thread, process = calls(
            line(1, f"clone3({{flags={THREAD}, child_tid=0x7f}} => {{parent_tid=[11]}}, 88) = 11"),
            line(2, "clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 20"),
        )
        self.assertTrue(thread.starts_thread and not thread.starts_process)
        self.assertTrue(process.starts_process and not process.starts_thread)

    def test_a_child_may_have_children_before_its_parent_goes_on(self) -> None:
        log = calls(
            line(1, "vfork( <unfinished ...>", tid=1),
            line(2, "clone(child_stack=NULL, flags=SIGCHLD) = 20 <0.000000010>"),
            line(3, "<... vfork resumed>) = 10 <2.000000000>", tid=1),
        )
        self.assertEqual(
            record.names_of(log, GATEWAY).lanes, {1: "client", 10: "gateway", 20: "keeper"}
        )


class Events(unittest.TestCase):
    def test_sockets_are_called_by_who_is_at_the_other_end(self) -> None:
        request = r'"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"'
        self.assertEqual(
            event(f"sendto({DIALLED}, {request}, 20, MSG_NOSIGNAL, NULL, 0) = 20"),
            {"lane": "gateway", "thread": 1, "call": "sendto", "socket": "upstream"}
            | {"text": "GET", "result": "20 bytes"},
        )
        accept = event("accept(3<TCP:[127.0.0.1:6000]>, NULL, NULL) = 7<TCP:[1]>", tid=20)
        self.assertEqual(accept["socket"], "listener")
        closing = event(f"close({SERVED}) = 0", tid=11)
        self.assertEqual((closing["socket"], closing["thread"]), ("client", 2))
        dial = event("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 6<TCP:[123]>")
        self.assertEqual(dial["socket"], "upstream")

    def test_what_goes_together_is_counted(self) -> None:
        for words, text in [(r"*1\r\n$3\r\nGET\r\n", "3 GET"), (r"$2\r\nhi\r\n", "3 replies")]:
            sent = event(f'sendto({DIALLED}, "{3 * words}", 9, MSG_NOSIGNAL, NULL, 0) = 9')
            self.assertEqual(sent["text"], text)

    def test_options_are_named(self) -> None:
        text = r'SOL_SOCKET, SO_RCVTIMEO_OLD, "\5\0", 16) = 0'
        self.assertEqual(event(f"setsockopt({SERVED}, {text}")["text"], "SO_RCVTIMEO")

    def test_files_and_pipes_are_left_out(self) -> None:
        self.assertIsNone(event('read(0<pipe:[77]>, "GET", 8192) = 3'))
        self.assertIsNone(event("close(9</etc/passwd>) = 0"))

    def test_a_thread_woken_for_nothing_is_left_out(self) -> None:
        wait = "epoll_wait(6<anon_inode:[eventpoll]>, [{events=EPOLLIN}], 128, -1) = 1"
        receive = f'recvfrom({SERVED}, "x", 1, 0, NULL, NULL) = 1'
        kept = recording.without_timers(
            calls(line(1, wait), line(2, wait), line(3, receive), line(4, wait))
        )
        self.assertEqual([call.begun for call in kept], [2 * 10**9, 3 * 10**9])

    def test_a_wait_stands_where_it_returned(self) -> None:
        log = calls(
            line(1, f'recvfrom({SERVED}, "x", 1, 0, NULL, NULL) = 1 <8.000000000>'),
            line(5, f"close({DIALLED}) = 0 <9.000000000>", tid=11),
        )
        found = recording.events(log, [], names(), 4 * 10**9, 99 * 10**9)
        self.assertEqual([each["call"] for each in found], ["close", "recvfrom"])


if __name__ == "__main__":
    unittest.main()
