"""Loopback ports: free ones for the parts, and a sentence for one that is taken."""

import socket
from contextlib import ExitStack

import psutil

from deploy.local.options import CannotStart

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Find ports nobody listens at; all are held until all are found, so that none comes twice."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def require_free(port: int, setting: str) -> None:
    """Make sure a port can be listened at; CannotStart names who has it and what to set."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as taken:
            raise CannotStart(
                f"port {port} is taken{_by(port)}: stop that, or set {setting} to a free port"
            ) from taken


def _by(port: int) -> str:
    """Name the process that listens at a port, where the system tells."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and connection.laddr[1:2] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return ""
