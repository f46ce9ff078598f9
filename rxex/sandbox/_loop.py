"""The server's thread: carries out a simulation's actions on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import TypeVar, cast
from weakref import WeakSet

from aiohttp import WSMsgType, web
from aiohttp.abc import AbstractStreamWriter
from attrs import define, field

from rxex.sandbox.actions import Close, Cut, Flood, HalfOpen, Send
from rxex.sandbox.http import HttpCall
from rxex.sandbox.simulation import Simulation

__all__ = ["ServerLoop", "frame"]

T = TypeVar("T")
_TEXT, _BINARY, _CLOSE, _PONG = 0x1, 0x2, 0x8, 0xA
_LARGEST_BACKLOG = 64 * 2**20
_CLOSE_ANSWER = 1.0
_FRAMES_A_WRITE = 512


def frame(payload: bytes, opcode: int = _TEXT) -> bytes:
    """Build one whole WebSocket frame as a server sends it: final and unmasked."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


@define(eq=False)
class _Link:
    """One client's socket."""

    transport: asyncio.Transport
    writer: AbstractStreamWriter
    task: asyncio.Task[object] | None
    is_mute: bool = False
    backlog: list[bytes] = field(factory=list)
    flood: asyncio.Task[None] | None = None

    def write(self) -> None:
        if self.backlog:
            data, self.backlog = b"".join(self.backlog), []
            if not self.transport.is_closing():
                self.transport.write(data)

    def say_goodbye(self, code: int, reason: str) -> None:
        if not self.is_mute:
            self.backlog.append(frame(struct.pack("!H", code) + reason.encode()[:123], _CLOSE))
            self.fall_silent()

    def fall_silent(self) -> None:
        """Write what is left, and nothing after it."""
        self.is_mute = True
        if self.flood is not None:
            self.flood.cancel()
        self.write()

    def reset(self) -> None:
        _reset(self.transport)


def _reset(transport: asyncio.Transport) -> None:
    # Lingering for zero seconds makes the kernel send RST instead of FIN.
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _abort(transport)


def _abort(transport: asyncio.BaseTransport) -> None:
    # A transport of asyncio that was closed with bytes left has no loop any more once these are written.
    with contextlib.suppress(AttributeError):
        cast("asyncio.Transport", transport).abort()


class ServerLoop:
    """Runs a simulation as a server on ``listeners``, by name; ``notify`` is called when a client comes or speaks."""

    def __init__(
        self, simulation: Simulation, listeners: Mapping[str, socket.socket], notify: Callable[[], None]
    ) -> None:
        self.simulation = simulation
        self._listeners = listeners
        self._servers = {listener.getsockname()[1]: name for name, listener in listeners.items()}
        self._notify = notify
        self._loop = asyncio.new_event_loop()
        self._start = self._loop.time()
        self._thread = threading.Thread(target=self._serve, name="rxex-sandbox", daemon=True)
        self._ready: Future[None] = Future()
        self._end: asyncio.Event | None = None
        self._links: dict[int, _Link] = {}
        # Also those that are closing, and wait for a client that does not read.
        self._transports: WeakSet[asyncio.Transport] = WeakSet()
        self._timer: asyncio.TimerHandle | None = None

    # From any thread.

    def start(self) -> None:
        """Start the thread; return once it listens."""
        self._thread.start()
        self._ready.result()

    def stop(self, timeout: float) -> None:
        """Close everything and end the thread, within ``timeout`` seconds."""
        end = self._end
        if end is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(end.set)
            if self._thread is not threading.current_thread():
                self._thread.join(timeout)

    def run(self, action: Callable[[Simulation], T]) -> T:
        """Do ``action`` on the thread, carry out what follows, and give its result."""
        if threading.current_thread() is self._thread:
            return self._do(action)
        result: Future[T] = Future()

        def do() -> None:
            try:
                result.set_result(self._do(action))
            except Exception as error:
                result.set_exception(error)

        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(do)
            while self._thread.is_alive() and not wait([result], 0.5).done:
                pass
        # Where the thread has ended meanwhile, nobody else touches the simulation any more.
        return result.result() if result.done() else action(self.simulation)

    # On the thread.

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._main())
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)
        finally:
            self._loop.close()

    async def _main(self) -> None:
        self._end = asyncio.Event()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(application, handle_signals=False, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            for listener in self._listeners.values():
                await web.SockSite(runner, listener).start()
            self._ready.set_result(None)
            await self._end.wait()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for link in self._links.values():
                link.say_goodbye(1001, "the sandbox stops")
                link.transport.close()
                if link.task is not None:
                    link.task.cancel()
            await runner.cleanup()
            for transport in list(self._transports):
                _abort(transport)
            # Such as calls that were to be answered later, or never.
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            # One more turn, so that aborted transports close their sockets.
            await asyncio.sleep(0)

    def _now(self) -> float:
        return self._loop.time() - self._start

    def _do(self, action: Callable[[Simulation], T]) -> T:
        # The clock first, so that what is done happens now and not at the last event.
        self.simulation.advance(self._now())
        try:
            return action(self.simulation)
        finally:
            self._carry_out()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._respond(request)
        except ConnectionResetError:
            return web.Response(status=400)  # to nobody: the client has gone meanwhile

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        if "websocket" not in request.headers.get("Upgrade", "").lower():
            reply = await self._serve_call(request)
            if reply is not None:
                return reply
        query = dict(request.query)
        refusal = self._do(lambda simulation: simulation.admit(request.path, self._now(), query))
        if refusal is not None:
            self._notify()
            after = {} if refusal.retry_after is None else {"Retry-After": f"{refusal.retry_after:g}"}
            return web.Response(status=refusal.status, headers=after)
        websocket = web.WebSocketResponse(autoping=False, autoclose=False, compress=False, timeout=0.2)
        if not websocket.can_prepare(request):
            return web.Response(status=426, text="this path speaks WebSocket\n", headers={"Upgrade": "websocket"})
        await websocket.prepare(request)
        transport = request.transport
        if transport is None:
            return websocket
        link = _Link(transport, request.writer, asyncio.current_task())
        number = self._open(request.path, query, link)
        try:
            await self._listen(websocket, number, link)
        finally:
            del self._links[number]
            if link.flood is not None:
                link.flood.cancel()
            self._do(lambda simulation: simulation.leave(number, self._now()))
            transport.close()
            self._notify()
        return websocket

    async def _serve_call(self, request: web.Request) -> web.StreamResponse | None:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = HttpCall(
            self._now(),
            request.method,
            request.path,
            dict(request.query),
            headers,
            body,
            raw_query=request.rel_url.raw_query_string,
            server=self._server(request),
        )
        reply = self._do(lambda simulation: simulation.serve(call))
        if reply is None:
            return None
        self._notify()
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if not reply.status and request.transport is not None:
            _reset(request.transport)
        response = web.Response(status=reply.status or 500, body=reply.body, content_type=reply.content_type)
        response.headers.update(reply.headers)
        if reply.retry_after is not None:
            response.headers["Retry-After"] = f"{reply.retry_after:g}"
        response.enable_compression()
        return response

    def _server(self, request: web.Request) -> str:
        name = None if request.transport is None else request.transport.get_extra_info("sockname")
        return self._servers.get(name[1], "") if name else ""

    def _open(self, path: str, query: Mapping[str, str], link: _Link) -> int:
        number = self.simulation.open(path, self._now(), query)
        self._links[number] = link
        self._transports.add(link.transport)
        self._carry_out()
        self._notify()
        return number

    async def _listen(self, websocket: web.WebSocketResponse, number: int, link: _Link) -> None:
        while True:
            message = await websocket.receive()
            if message.type is WSMsgType.TEXT:
                text: str = message.data
                self._do(lambda simulation, text=text: simulation.receive(number, text, self._now()))  # type: ignore[misc]
                self._notify()
            elif message.type is WSMsgType.PING and not link.is_mute:
                link.backlog.append(frame(message.data, _PONG))
                link.write()
            elif message.type is WSMsgType.CLOSE:
                link.say_goodbye(message.data or 1000, "")
                return
            elif message.type in {WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}:
                return

    def _wake(self) -> None:
        self._timer = None
        self.simulation.advance(self._now())
        self._carry_out()

    def _carry_out(self) -> None:
        touched: set[_Link] = set()
        for action in self.simulation.take():
            link = self._links.get(action.session)
            if link is None or link.is_mute:
                continue
            match action:
                case Send(text=text, is_binary=is_binary):
                    link.backlog.append(frame(text.encode(), _BINARY if is_binary else _TEXT))
                    touched.add(link)
                case Flood(texts=texts, frames=frames):
                    link.flood = self._loop.create_task(
                        self._flood(link, [frame(text.encode()) for text in texts], frames)
                    )
                case Close(code=code, reason=reason):
                    link.say_goodbye(code, reason)
                    self._loop.call_later(_CLOSE_ANSWER, _abort, link.transport)
                case Cut():
                    link.write()
                    link.reset()
                case HalfOpen():
                    link.fall_silent()
                    link.transport.pause_reading()
        for link in touched:
            link.write()
            if link.transport.get_write_buffer_size() > _LARGEST_BACKLOG:
                # A client that does not read is dropped, before its backlog fills the memory.
                link.reset()
        self._schedule()

    async def _flood(self, link: _Link, frames: list[bytes], count: int) -> None:
        position = 0
        while count and not link.transport.is_closing():
            number = min(count, _FRAMES_A_WRITE, len(frames) - position)
            link.transport.write(b"".join(frames[position : position + number]))
            count -= number
            position = (position + number) % len(frames)
            await link.writer.drain()

    def _schedule(self) -> None:
        due = self.simulation.next_due
        if self._timer is not None:
            if due is not None and self._timer.when() == self._start + due:
                return
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self._loop.call_at(self._start + due, self._wake)
