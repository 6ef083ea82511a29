"""Tests of packets.py."""

import socket
import struct
import unittest
from typing import cast

from docs.trace import packets, recording
from waiting import poll_until


def frame(flags: int, payload: bytes = b"", protocol: int = 6, padding: bytes = b"") -> bytes:
    """An Ethernet frame from port 50000 to 7001."""
    ethernet = bytes(12) + b"\x08\x00"
    length = 20 + 32 + len(payload)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 1, 0, 64, protocol, 0, bytes(4), bytes(4))
    tcp = struct.pack("!HHIIBBHHH", 50000, 7001, 1, 2, 8 << 4, flags, 512, 0, 0) + bytes(12)
    return ethernet + ip + tcp + payload + padding


def names() -> recording.Names:
    return recording.Names(7001, 6000)


class Packets(unittest.TestCase):
    def test_ports_flags_and_payload(self) -> None:
        data = frame(0x18, b"*1\r\n$4\r\nPING\r\n", padding=bytes(4))
        found = cast(packets.Packet, packets.parse(data, 5))
        self.assertEqual((found.source, found.target, found.time), (50000, 7001, 5))
        self.assertEqual(found.flags, ["ACK"])
        self.assertEqual(found.payload, b"*1\r\n$4\r\nPING\r\n")
        event = recording.packet_event(found, names())
        self.assertEqual((event["from"], event["to"]), ("client", "gateway"))
        self.assertEqual(recording.packet_name(event), "PING")

    def test_each_flag_has_its_name_and_a_bare_acknowledgement_none(self) -> None:
        shown = {0x02: "SYN", 0x12: "SYN-ACK", 0x11: "FIN", 0x14: "RST", 0x10: ""}
        for flags, name in shown.items():
            found = cast(packets.Packet, packets.parse(frame(flags), 0))
            event = recording.packet_event(found, names())
            self.assertEqual(recording.packet_name(event), name)

    def test_what_is_no_tcp_over_ipv4_is_left_out(self) -> None:
        self.assertIsNone(packets.parse(frame(0x02, protocol=17), 0))
        self.assertIsNone(packets.parse(b"\0" * 12 + b"\x86\xdd" + bytes(60), 0))
        self.assertIsNone(packets.parse(b"short", 0))

    def test_replies_go_back(self) -> None:
        back = packets.Packet(0, 6000, 40000, ["ACK"], b"$5\r\nhello\r\n")
        event = recording.packet_event(back, names())
        self.assertEqual((event["from"], event["to"]), ("upstream", "gateway"))
        self.assertEqual(recording.packet_name(event), "reply")


class Captured(unittest.TestCase):
    def test_packets_of_other_ports_are_not_kept(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as traced, socket.create_server(
            ("127.0.0.1", 0)
        ) as other:
            ports = {traced.getsockname()[1]}
            try:
                capture = packets.Capture(ports)
            except PermissionError:
                self.skipTest("this system does not permit to read the loopback")
            self.addCleanup(capture.close)

            def seen() -> list[packets.Packet]:
                for server in [other, traced]:
                    socket.create_connection(server.getsockname()).close()
                return capture.packets

            self.assertTrue(poll_until(seen))
        for packet in capture.packets:
            self.assertTrue({packet.source, packet.target} & ports)


if __name__ == "__main__":
    unittest.main()
