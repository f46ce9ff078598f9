"""What venues differ in: several hosts, calls side by side, limits told in answers, flags as they are."""

from __future__ import annotations

import inspect
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import attrs
import pytest
from attrs import frozen

from rxex.errors import AnswerLost, ClockSkew, InvalidArgument, RateLimited, RxexError
from rxex.rest import Endpoint, NoParameters, RateLimit, RawResponse, RestClient, RestDialect, RestOptions
from rxex.rest.parameters import checked, flag, moment, nested, whole, written
from rxex.rest.workers import Workers
from tests.fakes.http_server import Asked, HttpServer, hold, reply
from tests.fakes.raw_server import Peer
from tests.rest.plain import CANARY, TIME, Numbers, Outcome, PlainRest, data, error, outcome, plain, read, write


def _limit(raw: RawResponse) -> RateLimit | None:
    left = raw.headers.get("left")
    return None if left is None else RateLimit(10, int(left), 2.5)


THERE = Endpoint("There", "GET", "/there", Numbers, lambda result, _, __: result["data"], base="other")
TIME_THERE = attrs.evolve(TIME, path="/time/there", base="other")


class Wide(PlainRest):
    there = THERE


def wide(url: str, urls: dict[str, str] | None = None, **options: Any) -> Wide:
    made = plain(url)
    dialect = RestDialect(write, read, server_time=(TIME, TIME_THERE), rate_limit=_limit, in_turn=False)
    options = {"credentials": made._credentials, "delays": lambda: iter(()), **options}
    return Wide(url, options.pop("dialect", dialect), urls=urls, **options)


def test_an_endpoint_is_called_at_its_own_host() -> None:
    with HttpServer(reply({"data": 1})) as here, HttpServer(reply({"data": 2})) as there:
        with wide(here.url, {"other": there.url}) as rest:
            assert (data(rest.ask()), data(rest.there())) == (1, 2)
        assert [asked.target for asked in here.asked + there.asked] == ["/ask", "/there"]


def test_a_client_tells_whether_it_can_call_private_endpoints() -> None:
    with wide("http://127.0.0.1:1") as private, wide("http://127.0.0.1:1", credentials=None) as public:
        assert private.has_credentials
        assert not public.has_credentials


def test_an_endpoint_whose_host_was_not_given_is_refused() -> None:
    with wide("http://127.0.0.1:1") as rest, pytest.raises(InvalidArgument, match="give the url of 'other'"):
        rest.there()


def test_a_url_of_another_host_is_checked_as_the_first_one() -> None:
    with pytest.raises(InvalidArgument, match="https"):
        wide("http://127.0.0.1:1", {"other": "http://example.com"})


def test_the_clock_is_asked_where_the_time_was_refused() -> None:
    skew, time = reply({"error": "nonce"}), reply({"ns": 5 * 10**9})
    with HttpServer(reply({"data": 1})) as here, HttpServer(skew, time, reply({"data": 2})) as there:
        with wide(here.url, {"other": there.url}) as rest:
            assert data(rest.there()) == 2
            assert rest.clock.offset is not None
        assert [asked.target for asked in there.asked] == ["/there", "/time/there", "/there"]
        assert here.asked == []


def test_a_host_without_a_time_of_its_own_has_that_of_the_main_one() -> None:
    time, skew = reply({"ns": 5 * 10**9}), reply({"error": "nonce"})
    dialect = RestDialect(write, read, server_time=(TIME,))
    with HttpServer(time) as here, HttpServer(skew) as there:
        with wide(here.url, {"other": there.url}, dialect=dialect) as rest:
            assert isinstance(error(rest.there()), ClockSkew)
        assert [asked.target for asked in here.asked] == ["/time"]


def test_calls_with_one_key_go_out_side_by_side_where_order_does_not_matter() -> None:
    both = threading.Barrier(2)

    def together(asked: Asked, peer: Peer) -> bytes | None:
        both.wait(5)
        return reply({"data": 1})(asked, peer)

    with HttpServer(together) as server, wide(server.url, read_timeout=5.0) as rest:
        calls = [Outcome(rest.mine()) for _ in range(2)]
        assert [call.wait().items[0].data for call in calls] == [1, 1]


def test_what_may_change_something_overtakes_what_waits_for_a_thread() -> None:
    gate = threading.Event()

    def slow(asked: Asked, peer: Peer) -> bytes | None:
        gate.wait(5)
        return reply({"data": 1})(asked, peer)

    with HttpServer(slow) as server, wide(server.url, connections=1, read_timeout=5.0) as rest:
        calls = [Outcome(rest.mine())]
        server.wait_for(1)
        calls += [Outcome(rest.mine()), Outcome(rest.order())]
        gate.set()
        for call in calls:
            call.wait()
        assert [asked.target for asked in server.asked] == ["/mine", "/order", "/mine"]


def test_an_answer_and_an_error_carry_the_limits_that_came_with_them() -> None:
    bodies = [reply({"data": 1}), reply({"error": "rate"}), reply(b"<html>"), reply({"no": "data"})]
    bodies = [reply({"data": 1}, headers="Left: 7\r\n"), *(_with(body, "Left: 6\r\n") for body in bodies[1:])]
    limit = RateLimit(10, 6, 2.5)
    with HttpServer(*bodies) as server, wide(server.url) as rest:
        assert outcome(rest.ask()).items[0].rate_limit == RateLimit(10, 7, 2.5)
        for kind in (RateLimited, AnswerLost, AnswerLost):
            end = error(rest.ask())
            assert type(end) is kind
            assert isinstance(end, RxexError)
            assert end.rate_limit == limit


def _with(answer: Any, header: str) -> Any:
    def send(asked: Asked, peer: Peer) -> bytes | None:
        whole = answer(asked, peer)
        return bytes(whole).replace(b"\r\n", f"\r\n{header}".encode(), 1)

    return send


def test_an_error_without_an_answer_has_no_limits() -> None:
    with HttpServer(hold) as server, wide(server.url, read_timeout=0.1) as rest:
        end = error(rest.ask())
    assert isinstance(end, RxexError)
    assert end.rate_limit is None


class _Heard:
    def __init__(self) -> None:
        self.outcomes: list[Any] = []

    def wait(self, _: Any, __: Any) -> float:
        return 0.0

    def told(self, _: Any, __: Any, outcome: Any) -> None:
        self.outcomes.append(outcome)

    def rate_limit(self, _: Any, __: Any) -> None:
        return None


def test_the_limiter_is_told_the_limits_before_the_outcome() -> None:
    heard = _Heard()
    with HttpServer(reply({"data": 1}, headers="Left: 7\r\n")) as server, wide(server.url, limiter=heard) as rest:
        data(rest.ask())
    assert heard.outcomes == [RateLimit(10, 7, 2.5), 1]


def test_without_keep_alive_every_call_has_a_connection_of_its_own() -> None:
    def polite(asked: Asked, peer: Peer) -> bytes | None:
        assert asked.headers["connection"] == "close"
        return _with(reply({"data": 1}), "Connection: close\r\n")(asked, peer)  # type: ignore[no-any-return]

    with HttpServer(polite) as server, wide(server.url, keep_alive=False) as rest:
        assert [data(rest.ask()) for _ in range(3)] == [1, 1, 1]
        assert [asked.connection for asked in server.asked] == [1, 2, 3]


@frozen(kw_only=True, field_transformer=checked)
class Inner:
    at: Annotated[Any, moment("a time", 10**6, wire="startAt")] = None
    yes: Annotated[Any, flag("yes or no")] = None


@frozen(kw_only=True, field_transformer=checked)
class Outer:
    count: Annotated[int, whole("how many", 0, 10, wire="n")]
    inner: Annotated[Any, nested("objects", Inner, most=3, wire="[]")] = None


def test_flags_and_whole_numbers_stay_what_they_are_where_the_exchange_wants_json() -> None:
    given = Outer(count=3, inner=[{"yes": True}, {"yes": False}])
    assert written(given) == {"n": "3", "[]": [{"yes": "true"}, {"yes": "false"}]}
    plain = written(given, native=True)
    assert plain == {"n": 3, "[]": [{"yes": True}, {"yes": False}]}
    assert plain["[]"][0]["yes"] is True
    heard: list[Any] = []

    def note(endpoint: Any, request: Any, credentials: Any, clock: Any) -> Any:
        heard.append(request.parameters)
        return write(endpoint, attrs.evolve(request, parameters={}), credentials, clock)

    dialect = RestDialect(note, read, native=True)
    with HttpServer(reply({"data": 1})) as server, wide(server.url, dialect=dialect) as rest:
        data(rest.ask(count=4))
    assert heard == [{"count": 4}]


@pytest.mark.parametrize(
    "given",
    [
        1_700_000_000_123_456_789,
        datetime(2023, 11, 14, 22, 13, 20, 123_456, UTC),
        datetime(2023, 11, 15, 0, 13, 20, 123_999, timezone(timedelta(hours=2))),
    ],
)
def test_a_time_is_sent_in_the_unit_of_the_exchange(given: Any) -> None:
    assert written(Inner(at=given), native=True) == {"startAt": 1_700_000_000_123}


@pytest.mark.parametrize("given", [1_700_000_000, 1_700_000_000_123, True, "now", 1.7e18, datetime(2023, 1, 1), 10**25])  # noqa: DTZ001
def test_a_time_in_seconds_or_without_a_zone_is_refused(given: Any) -> None:
    with pytest.raises(InvalidArgument, match="nanoseconds"):
        Inner(at=given)


def test_urgent_actions_go_first_and_in_their_order() -> None:
    workers, done, gate = Workers("rxex-test", 1), [], threading.Event()
    over = threading.Event()
    workers.run(lambda: (gate.wait(5), None)[1])
    for name, urgent in [("a", False), ("b", True), ("c", False), ("d", True)]:
        workers.run(lambda name=name: done.append(name), urgent=urgent)  # type: ignore[misc]
    workers.run(over.set)
    gate.set()
    assert over.wait(5)
    assert done == ["b", "d", "a", "c"]


def test_no_secret_is_in_the_errors_of_several_hosts() -> None:
    with wide("http://127.0.0.1:1", {"other": "http://127.0.0.1:2"}) as rest:
        assert CANARY not in f"{rest!r} {error(rest.there())!r} {error(rest.mine())}"


def test_no_parameters_is_what_the_time_is_asked_with() -> None:
    assert written(NoParameters(), native=True) == {}


def test_the_options_that_venues_hand_on_are_those_of_the_client() -> None:
    taken = inspect.signature(RestClient).parameters
    own = {"url", "dialect", "urls", "credentials", "limiter"}
    assert set(RestOptions.__annotations__) == set(taken) - own
    assert all(each.kind is each.KEYWORD_ONLY for name, each in taken.items() if name not in {"url", "dialect"})
