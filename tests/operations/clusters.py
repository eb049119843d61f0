"""Sentinels and clusters of real servers on loopback, which fail over when a node is killed."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from tests.redis_servers import free_port

PATIENCE_S = 120.0


def eventually(true: Callable[[], object]) -> None:
    """Wait until something is true; servers that are not up yet are no error."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        try:
            if true():
                return
        except redis.exceptions.RedisError:
            pass
        time.sleep(0.05)
    raise AssertionError("the servers did not come to it")


@dataclass
class Node:
    """One server process."""

    program: Path
    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its configuration is a file, which Sentinels and clusters rewrite."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}", *self.options]
        (self.folder / "node.conf").write_text("\n".join(lines) + "\n")
        sentinel = ["--sentinel"] if any("sentinel monitor" in o for o in self.options) else []
        self.process = subprocess.Popen(
            [self.program, self.folder / "node.conf", *sentinel],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: self.ask("PING"))

    def ask(self, *command: str | int) -> Any:
        """Run one command."""
        with redis.Redis(port=self.port, protocol=2) as client:
            return client.execute_command(*command)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None


@dataclass
class Setup:
    """Servers of one kind.

    Attributes:
        url: What ``REDIS_URL`` says.
        nodes: All servers with data.
        owner: Returns the node that holds our shard now.
    """

    url: str
    nodes: list[Node]
    owner: Callable[[], Node]


@contextmanager
def sentinel(program: Path, folder: Path) -> Iterator[Setup]:
    """Run a master, a replica and three Sentinels."""
    data = ("appendonly yes", "appendfsync always", 'save ""')
    master = Node(program, folder / "a", data)
    nodes = [master, Node(program, folder / "b", (*data, f"replicaof 127.0.0.1 {master.port}"))]
    watch = (
        f"sentinel monitor ours 127.0.0.1 {master.port} 2",
        "sentinel down-after-milliseconds ours 500",
        "sentinel failover-timeout ours 3000",
    )
    watchers = [Node(program, folder / f"s{number}", watch) for number in range(3)]

    def owner() -> Node:
        said = watchers[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "ours")
        return next(node for node in nodes if node.port == int(said[1]))

    with _started([*nodes, *watchers]):
        eventually(lambda: _copied(nodes[0]))
        eventually(lambda: len(watchers[0].ask("SENTINEL", "SENTINELS", "ours")) == 2)
        eventually(lambda: watchers[0].ask("SENTINEL", "REPLICAS", "ours"))
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in watchers)
        yield Setup(url=f"redis+sentinel://{hosts}/ours", nodes=nodes, owner=owner)


@contextmanager
def cluster(program: Path, folder: Path, slot: int) -> Iterator[Setup]:
    """Run three masters and a replica of the one that owns ``slot``."""
    buses = [free_port() for _ in range(4)]
    nodes = [
        Node(
            program,
            folder / f"n{number}",
            (
                "cluster-enabled yes",
                "cluster-node-timeout 3000",
                f"cluster-port {bus}",  # by default 10000 above the other, which may be no port
                "appendonly yes",
                "appendfsync always",
            ),
        )
        for number, bus in enumerate(buses)
    ]

    def owner() -> Node:
        for node in nodes:
            if node.process is None:
                continue
            for first, last, holder, *_ in node.ask("CLUSTER", "SLOTS"):
                if first <= slot <= last:
                    return next(one for one in nodes if one.port == int(holder[1]))
        raise AssertionError("nobody owns the slot")

    with _started(nodes):
        for node, (first, last) in zip(
            nodes, ((0, 5460), (5461, 10922), (10923, 16383)), strict=False
        ):
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)
            node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, buses[0])
        nodes[3].ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, buses[0])
        eventually(lambda: all(_knows(node, len(nodes)) for node in nodes))
        name = owner().ask("CLUSTER", "MYID")
        nodes[3].ask("CLUSTER", "REPLICATE", name.decode())
        eventually(lambda: _copied(owner()))
        eventually(lambda: all(_healthy(node) for node in nodes))
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        yield Setup(url=f"redis+cluster://{hosts}", nodes=nodes, owner=owner)


def _copied(node: Node) -> bool:
    return "online" in str(node.ask("INFO", "replication"))


def _knows(node: Node, count: int) -> bool:
    return len(node.ask("CLUSTER", "NODES").splitlines()) == count


def _healthy(node: Node) -> bool:
    return b"cluster_state:ok" in node.ask("CLUSTER", "INFO")


@contextmanager
def _started(nodes: list[Node]) -> Iterator[None]:
    try:
        for node in nodes:
            node.start()
        yield
    finally:
        for node in nodes:
            node.kill()
