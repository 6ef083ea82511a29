"""The packets of the loopback interface: reads them from an AF_PACKET socket (packet(7))."""

import socket
import struct
import threading
from dataclasses import dataclass

ETH_P_ALL = 3
SO_TIMESTAMPNS = 35  # socket(7); Python has no name for it.
FLAGS = [(0x02, "SYN"), (0x01, "FIN"), (0x04, "RST"), (0x10, "ACK")]


@dataclass
class Packet:
    """One TCP segment over IPv4. The time is the kernel's, nanoseconds since 1970."""

    time: int
    source: int
    target: int
    flags: list[str]
    payload: bytes


def parse(frame: bytes, time: int) -> Packet | None:
    """The TCP segment in an Ethernet frame; None if there is none."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
        return None
    header = 14 + 4 * (frame[14] & 15)
    end = 14 + struct.unpack_from("!H", frame, 16)[0]
    source, target = struct.unpack_from("!HH", frame, header)
    data = header + 4 * (frame[header + 12] >> 4)
    flags = [name for bit, name in FLAGS if frame[header + 13] & bit]
    return Packet(time, source, target, flags, frame[data:end])


class Capture:
    """Keeps every TCP segment on the loopback from or to these ports, from now on until closed. Others
    may talk there, too. Raises PermissionError."""

    def __init__(self, ports: set[int]) -> None:
        self.ports = ports
        self.packets: list[Packet] = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind(("lo", ETH_P_ALL))
        self.socket.settimeout(0.05)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self) -> None:
        while not self.over.is_set():
            try:
                frame, extra, _, address = self.socket.recvmsg(65536, 64)
            except TimeoutError:
                continue
            # The loopback shows each packet twice, as it leaves and as it arrives.
            if address[2] == socket.PACKET_OUTGOING and extra:
                seconds, nanoseconds = struct.unpack_from("qq", extra[0][2])
                packet = parse(frame, seconds * 10**9 + nanoseconds)
                if packet and {packet.source, packet.target} & self.ports:
                    self.packets.append(packet)

    def close(self) -> None:
        self.over.set()
        self.thread.join()
        self.socket.close()
