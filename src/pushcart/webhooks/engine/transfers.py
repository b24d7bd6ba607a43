"""libcurl's multi interface on the running event loop.

Every socket of libcurl's stands in one epoll of ours, and the loop watches that alone. libcurl asks to watch a socket
and to leave it again for each request, which is one cheap call this way; with the loop's own readers (pycurl's
`AsyncCurlMulti`) a request cost more than twice as much (decision 0052).
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING

import pycurl  # type: ignore[import-untyped]  # its own hints are not marked as such
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger("webhooks")

_WATCH = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
    pycurl.POLL_NONE: 0,
}
_AT_A_TIME = 256


class Transfers:
    """Runs libcurl's easy handles; open it where the loop runs.

    Args:
        connections: The most that are open, and the most that are kept.
    """

    def __init__(self, connections: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._watched: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._under_way: dict[pycurl.Curl, Callable[[int], None]] = {}
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, connections)
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._loop.add_reader(self._epoll.fileno(), self._on_sockets)

    def start(self, curl: pycurl.Curl, done: Callable[[int], None]) -> None:
        """Starts a transfer; `done` is called on the loop with libcurl's code for how it ended."""
        self._multi.add_handle(curl)
        self._under_way[curl] = done

    def close(self) -> None:
        """Breaks off what is under way; nobody is told."""
        self._loop.remove_reader(self._epoll.fileno())
        for curl in self._under_way:
            self._multi.remove_handle(curl)
        self._under_way.clear()
        self._multi.close()
        if self._timer is not None:
            self._timer.cancel()
        self._epoll.close()

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        if what == pycurl.POLL_REMOVE:
            if fd in self._watched:
                self._watched.discard(fd)
                self._epoll.unregister(fd)
        elif fd in self._watched:
            self._epoll.modify(fd, _WATCH[what])
        else:
            self._watched.add(fd)
            self._epoll.register(fd, _WATCH[what])

    def _set_timer(self, milliseconds: int) -> None:
        """One request moves libcurl's timer several times, mostly further away: the loop's stays where it is."""
        if milliseconds < 0:
            self._due = None
            return
        self._due = self._loop.time() + milliseconds / 1000
        if self._timer is None or self._timer.when() > self._due:
            self._arm(self._due)

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._due > self._loop.time():
            self._arm(self._due)
            return
        self._due = None
        self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._conclude()

    def _on_sockets(self) -> None:
        for fd, events in self._epoll.poll(0, _AT_A_TIME):
            self._multi.socket_action(fd, _happened(events))
        self._conclude()

    def _conclude(self) -> None:
        more = 1
        while more:
            more, well, failed = self._multi.info_read()
            for curl in well:
                self._end(curl, pycurl.E_OK)
            for curl, code, _ in failed:
                self._end(curl, code)

    def _end(self, curl: pycurl.Curl, code: int) -> None:
        done = self._under_way.pop(curl)
        self._multi.remove_handle(curl)
        try:
            done(code)
        except Exception:
            # The others that ended just now are still to be told.
            log.exception("webhooks.end_not_taken")


def _happened(events: int) -> int:
    what = 0
    if events & select.EPOLLIN:
        what |= pycurl.CSELECT_IN
    if events & select.EPOLLOUT:
        what |= pycurl.CSELECT_OUT
    if events & (select.EPOLLERR | select.EPOLLHUP):
        what |= pycurl.CSELECT_ERR
    return what
