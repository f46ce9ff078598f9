"""Answers are found by the request's id alone, and say yes, no, or neither."""

# ruff: noqa: E501 - messages stand as they came

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rxex.errors import MalformedMessage, TransientError
from rxex.exchanges.kraken.orders import answers
from rxex.exchanges.kraken.orders.answers import Amended, BatchCanceled, Canceled, CanceledAll, Edited, SwitchSet
from rxex.exchanges.kraken.orders.refusals import refused
from rxex.models import Stage
from rxex.orders import OrderRefused, Refusal

ID = 1234567890


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


READS: list[tuple[Any, str, Any]] = [
    (
        answers.read_amended,
        '{"method":"amend_order","req_id":1234567890,"result":{"amend_id":"TTB6D6-Q4HHW-DQ5FQW","cl_ord_id":"aff1f7b04d000200"},"success":true}',
        Amended("TTB6D6-Q4HHW-DQ5FQW", None, "aff1f7b04d000200"),
    ),
    (
        answers.read_amended,
        '{"amend_id":"TGS4UP-DP6E3-YO3KFN","cl_ord_id":"906bcc85-1866-4b4b-9d0d-880bbcbe7447","event":"amendOrderStatus","reqid":1234567890,"status":"ok"}',
        Amended("TGS4UP-DP6E3-YO3KFN", None, "906bcc85-1866-4b4b-9d0d-880bbcbe7447"),
    ),
    (
        answers.read_edited,
        '{"method":"edit_order","req_id":1234567890,"result":{"order_id":"ORDERX-IDXXX-XXXXX2","original_order_id":"ORDERX-IDXXX-XXXXX1"},"success":true,"time_in":"2022-07-15T12:56:09.876488Z","time_out":"2022-07-15T12:56:09.923422Z"}',
        Edited("ORDERX-IDXXX-XXXXX2", "ORDERX-IDXXX-XXXXX1"),
    ),
    (
        answers.read_edited,
        '{"descr":"order edited price = 9000.00000000","event":"editOrderStatus","originaltxid":"O65KZW-J4AW3-VFS74A","reqid":1234567890,"status":"ok","txid":"OTI672-HJFAO-XOIPPK"}',
        Edited("OTI672-HJFAO-XOIPPK", "O65KZW-J4AW3-VFS74A"),
    ),
    (
        answers.read_canceled,
        '{"method":"cancel_order","req_id":1234567890,"result":{"order_id":"OLUMT4-UTEGU-ZYM7E9"},"success":true,"time_in":"2023-09-21T14:36:57.428972Z","time_out":"2023-09-21T14:36:57.437952Z"}',
        Canceled("OLUMT4-UTEGU-ZYM7E9"),
    ),
    (
        answers.read_canceled,
        '{"method":"cancel_order","req_id":1234567890,"result":{"cl_ord_id":"6a3260914d000200"},"success":true}',
        Canceled(None, "6a3260914d000200"),
    ),
    (answers.read_canceled, '{"event":"cancelOrderStatus","reqid":1234567890,"status":"ok"}', Canceled()),
    (
        answers.read_canceled_all,
        '{"method":"cancel_all","req_id":1234567890,"result":{"count":1},"success":true}',
        CanceledAll(1),
    ),
    (
        answers.read_canceled_all,
        '{"count":2,"event":"cancelAllStatus","reqid":1234567890,"status":"ok"}',
        CanceledAll(2),
    ),
    (
        answers.read_batch_canceled,
        '{"method":"batch_cancel","orders_cancelled":2,"req_id":1234567890,"success":true}',
        BatchCanceled(2),
    ),
    (
        answers.read_batch_canceled,
        '{"method":"batch_cancel","result":{"count":3},"req_id":1234567890,"success":true}',
        BatchCanceled(3),
    ),
    (
        answers.read_switch,
        '{"method":"cancel_all_orders_after","req_id":1234567890,"result":{"currentTime":"2023-09-21T15:49:29Z","triggerTime":"2023-09-21T15:51:09Z"},"success":true}',
        SwitchSet(at("2023-09-21T15:49:29"), at("2023-09-21T15:51:09")),
    ),
    (
        answers.read_switch,
        '{"currentTime":"2020-12-21T09:37:09Z","event":"cancelAllOrdersAfterStatus","reqid":1234567890,"status":"ok","triggerTime":"0"}',
        SwitchSet(at("2020-12-21T09:37:09"), None),
    ),
]


@pytest.mark.parametrize(("read", "line", "answer"), READS, ids=[str(number) for number in range(len(READS))])
def test_every_answer_of_the_protocol_is_read(read: Any, line: str, answer: Any) -> None:
    message = json.loads(line)
    told = answers.reader("it", read)
    assert told(message, ID) == answer
    assert told(message, ID).raw == message
    assert told(message, ID + 1) is None
    assert told([message], ID) is None
    assert told({**message, "req_id": None, "reqid": None}, ID) is None


BATCH = {
    "method": "batch_add",
    "req_id": ID,
    "result": [{"order_id": "JQDNTT-MZEIZ-OZKUDD"}, {"error": "EOrder:Insufficient funds"}],
    "success": True,
}


def test_each_order_of_a_batch_is_taken_or_refused() -> None:
    first, second = answers.reader("batch_add", answers.read_batch_add(["a", "b"]))(BATCH, ID) or ()
    assert (first.client_id, first.order_id, first.error) == ("a", "JQDNTT-MZEIZ-OZKUDD", None)
    assert (second.client_id, second.order_id) == ("b", None)
    assert second.error is not None
    assert second.error.kind is Refusal.INSUFFICIENT_FUNDS
    with pytest.raises(MalformedMessage):
        answers.reader("batch_add", answers.read_batch_add(["a"]))(BATCH, ID)


@pytest.mark.parametrize(
    ("line", "order_id"),
    [
        (
            '{"method":"add_order","req_id":1234567890,"result":{"order_id":"AA5JGQ-SBMRC-SCJ7J7","order_userref":100054},"success":true}',
            "AA5JGQ-SBMRC-SCJ7J7",
        ),
        (
            '{"method":"add_order","req_id":1234567890,"result":{"cl_ord_id":"3178d58d4d000200","order_id":"OXZPAJ-ONWQU-KMAMPL"},"success":true}',
            "OXZPAJ-ONWQU-KMAMPL",
        ),
        (
            '{"descr":"buy 10.00000000 USDTUSD @ limit 0.9980","event":"addOrderStatus","reqid":1234567890,"status":"ok","txid":"OCI7RW-HMJJ2-WMMJBE"}',
            "OCI7RW-HMJJ2-WMMJBE",
        ),
    ],
)
def test_an_order_that_is_taken_is_pending(line: str, order_id: str) -> None:
    update = answers.order_answer(json.loads(line), ID)
    assert update is not None
    assert (update.stage, update.order_id) == (Stage.PENDING, order_id)
    assert answers.order_answer(json.loads(line), 5) is None


NOES = [
    ("EGeneral:Invalid arguments:volume minimum not met", Refusal.TOO_SMALL),
    ("EOrder:Order minimum not met", Refusal.TOO_SMALL),
    ("EOrder:Insufficient funds", Refusal.INSUFFICIENT_FUNDS),
    ("EOrder:Insufficient margin", Refusal.MARGIN),
    ("EOrder:Reduce only:No position exists", Refusal.MARGIN),
    ("EOrder:Tick size check failed", Refusal.INVALID_PRICE),
    ("EOrder:Unknown order", Refusal.UNKNOWN_ORDER),
    ("EOrder:Orders limit exceeded", Refusal.TOO_MANY_ORDERS),
    ("EOrder:Rate limit exceeded", Refusal.RATE_LIMITED),
    ("EService: Throttled: 1700000000", Refusal.RATE_LIMITED),
    ("EGeneral:Permission denied", Refusal.NOT_PERMITTED),
    ("EAuth:Account temporary disabled", Refusal.NOT_PERMITTED),
    ("EAuth:Too many requests", Refusal.RATE_LIMITED),
    ("ESession:Invalid session", Refusal.SESSION_EXPIRED),
    ("Token(s) not found", Refusal.SESSION_EXPIRED),
    ("EService:Market in cancel_only mode", Refusal.NOT_TRADING),
    ("EService:Deadline elapsed", Refusal.TOO_LATE),
    ("EGeneral:Invalid arguments:Index unavailable", Refusal.UNAVAILABLE),
    ("EGeneral:Invalid arguments", Refusal.INVALID_REQUEST),
    ("Cash_order_qty field must be a number_float", Refusal.INVALID_REQUEST),
    ("EQuery:Unknown asset pair", Refusal.UNKNOWN_SYMBOL),
    ("Currency pair not supported XBT/USD", Refusal.UNKNOWN_SYMBOL),
    ("something new", Refusal.OTHER),
]


@pytest.mark.parametrize(("text", "kind"), NOES)
def test_a_refusal_has_kraken_s_text_and_our_name(text: str, kind: Refusal) -> None:
    v2 = {"error": text, "method": "subscribe", "req_id": ID, "success": False}  # labelled with another method
    v1 = {"errorMessage": text, "event": "addOrderStatus", "reqid": ID, "status": "error"}
    for message in (v2, v1):
        update = answers.order_answer(message, ID)
        assert update is not None
        assert (update.stage, update.reason) == (Stage.REJECTED, text)
        assert isinstance(update.error, OrderRefused)
        assert update.error.kind is kind
        with pytest.raises(OrderRefused) as caught:
            answers.reader("cancel_order", answers.read_canceled)(message, ID)
        assert (caught.value.kind, caught.value.reason, caught.value.raw) == (kind, text, message)
    assert refused("it", text, v2).request == "it"


@pytest.mark.parametrize("text", ["EService:Unavailable", "EService:Busy", "EGeneral:Internal error:500"])
def test_what_a_service_in_trouble_says_is_neither_yes_nor_no(text: str) -> None:
    message = {"error": text, "method": "add_order", "req_id": ID, "success": False}
    update = answers.order_answer(message, ID)
    assert update is not None
    assert update.stage is Stage.UNKNOWN
    assert isinstance(update.error, TransientError)
    with pytest.raises(TransientError, match="does not tell"):
        answers.reader("cancel_order", answers.read_canceled)(message, ID)


def test_a_refusal_without_a_text_is_one_all_the_same() -> None:
    update = answers.order_answer({"method": "add_order", "req_id": ID, "success": False}, ID)
    assert update is not None
    assert update.stage is Stage.REJECTED
