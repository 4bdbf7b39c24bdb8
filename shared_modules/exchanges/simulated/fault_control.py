"""Switches of the faults while the exchange runs: a request of its own, for programs on this machine alone."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from shared_modules.core.errors import InvalidInput

from .fault_desk import FaultDesk
from .faults import Fault

PATH = "/simulator/faults"


class FaultControl:
    """``GET`` lists the faults, ``POST`` adds one or a list of them, ``DELETE`` ends all or the one in ``?number=``.

    ``POST ?seed=5``: these faults hit the same ones whenever they are switched on with this seed.
    """

    def __init__(self, desk: FaultDesk, added: Callable[[Fault, tuple[int, int] | None], int]) -> None:
        self._desk, self._added = desk, added

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self._list), web.post(PATH, self._add), web.delete(PATH, self._end)]

    async def _list(self, request: web.Request) -> web.Response:
        _only_here(request)
        found = [
            {"number": s.number, "active": s.active, "hits": s.hits, **dataclasses.asdict(s.fault)}
            for s in self._desk.states()
        ]
        return _json({"faults": found, "log": list(self._desk.log)})

    async def _add(self, request: web.Request) -> web.Response:
        _only_here(request)
        if request.content_type != "application/json":
            # a page in a browser may send other types anywhere without being asked
            return _json({"error": "faults are sent as application/json"}, 415)
        try:
            found = orjson.loads(await request.read())
            faults = [Fault.read(table) for table in (found if isinstance(found, list) else [found])]
            seed = request.query.get("seed")
            if seed is not None and not seed.isdecimal():
                return _json({"error": f"a seed is a whole number, not '{seed}'"}, 400)
            draws = [None if seed is None else (int(seed), place) for place in range(len(faults))]
            return _json({"numbers": [self._added(*one) for one in zip(faults, draws, strict=True)]}, 201)
        except orjson.JSONDecodeError as error:
            return _json({"error": f"no JSON: {error}"}, 400)
        except InvalidInput as error:
            return _json({"error": error.message}, 400)

    async def _end(self, request: web.Request) -> web.Response:
        _only_here(request)
        number = request.query.get("number")
        if number is None:
            self._desk.clear()
        elif not number.isdecimal() or not self._desk.remove(int(number)):
            return _json({"error": f"there is no fault number {number}"}, 404)
        return _json({})


def _only_here(request: web.Request) -> None:
    """Refuse whoever is not on this machine, or came by a name that is not this machine's."""
    name = urlsplit(f"//{request.host}").hostname or ""
    if not (_loopback(request.remote or "") and (name == "localhost" or _loopback(name))):
        raise web.HTTPForbidden(text="faults are switched on this machine alone")


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
