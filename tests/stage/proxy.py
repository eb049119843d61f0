"""A wire that can be cut, blocked or slowed down: TCP from a port of ours to another."""

import asyncio
from dataclasses import dataclass, field


@dataclass(eq=False)
class _Pipe(asyncio.Protocol):
    """One direction of one connection."""

    proxy: "Proxy"
    other: "_Pipe | None" = None
    transport: asyncio.Transport | None = None
    early: list[bytes] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.proxy.pipes.add(self)

    def data_received(self, data: bytes) -> None:
        self.proxy.carry(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.proxy.pipes.discard(self)
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def write(self, data: bytes) -> None:
        """Send on, or keep it until there is a connection."""
        if self.transport is None:
            self.early.append(data)
        elif not self.transport.is_closing():
            self.transport.write(data)


@dataclass(eq=False)
class Proxy:
    """Forwards connections to ``port`` on this machine.

    Attributes:
        target: Where to.
        port: Where it listens, once opened.
        delay_s: How long every piece of data is under way, in each direction.
        blocked: Whether new connections are refused.
    """

    target: int
    port: int = 0
    delay_s: float = 0.0
    blocked: bool = False
    pipes: set[_Pipe] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def open(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Break everything and listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()

    def cut(self) -> None:
        """Break all connections; what is under way is lost."""
        for pipe in list(self.pipes):
            if pipe.transport is not None:
                pipe.transport.abort()

    def _accept(self) -> _Pipe:
        near = _Pipe(self)
        task = asyncio.get_running_loop().create_task(self._connect(near))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return near

    async def _connect(self, near: _Pipe) -> None:
        far = _Pipe(self, other=near)
        near.other = far
        try:
            if self.blocked:
                raise ConnectionRefusedError
            await asyncio.get_running_loop().create_connection(
                lambda: far, "127.0.0.1", self.target
            )
        except OSError:
            if near.transport is not None:
                near.transport.abort()
            return
        for data in far.early:
            far.write(data)

    def carry(self, pipe: _Pipe, data: bytes) -> None:
        """Bring data to the other side, now or later, in order."""
        if pipe.other is None:
            return
        if self.delay_s > 0:
            # Equal delays keep the order of what is sent through one pipe.
            asyncio.get_running_loop().call_later(self.delay_s, pipe.other.write, data)
        else:
            pipe.other.write(data)
