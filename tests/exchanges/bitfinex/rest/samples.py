"""What Bitfinex answers, in the shapes of its reference and of recorded messages."""

from __future__ import annotations

from typing import Any

TICKER = [7616.5, 31.89055171, 7617.5, 43.358118629999986, -550.8, -0.0674, 7617.1, 8314.71200815, 8257.8, 7500]
FUNDING_TICKER = [
    *(0.0003193369863013699, 0.0002401, 30, 3939629.6177260396, 0.00019012, 2, 307776.1592138799),
    *(-0.00005823, -0.2344, 0.00019016, 122156333.45260866, 0.00027397, 6.8e-7, None, None, 3441851.73330503),
]
TRADES = [[401597393, 1574694475039, 0.005, 7244.9], [401597392, 1574694470503, -0.01, 7245.3]]
FUNDING_TRADES = [[133323072, 1574694245478, -258.7458086, 0.0002587, 2]]
DEPTH = [[7254.7, 3, 3.3], [7254.6, 1, 0.5], [7255, 2, -1.2]]
ORDER_DEPTH = [[34753002979, 7294.7, 2], [34753002978, 7294.7, 1.54340371], [34753002980, 7295, -1]]
FUNDING_DEPTH = [[0.00023112, 30, 1, -15190.7005375], [0.00023157, 2, 1, 66.35007188]]
FUNDING_ORDER_DEPTH = [[658282397, 30, 0.000233, -530], [658282398, 2, 0.00024, 10]]
CANDLES = [
    [1574698260000, 7379.785503, 7383.8, 7388.3, 7379.785503, 1.68829482],
    [1574698200000, 7399.9, 7379.7, 7399.9, 7371.8, 41.63633658],
]
STATUS: list[Any] = [
    *(1574700235000, None, 7242.85, 7246.55, None, 413428.41553523, None, 1574726400000, 0.00005674, 870, None),
    *(0.00030976, None, None, 7237.91, None, None, 155.3675257),
]
LIQUIDATION = [
    "pos",
    142397657,
    1574697680828.2002,
    None,
    "tBSVUSD",
    -2.62932,
    91.583875238719,
    None,
    1,
    1,
    None,
    112.27,
]
RANK = [1573776000000, None, "Grandpa", 1, None, None, 51.25, None, None, None]
FUNDING_STATISTIC = [1631530140000, None, None, 5.7e-7, 60.9, None, None, 1050190906.1, 8.2, None, None, 7.5]


def order(**changes: Any) -> list[Any]:
    """Make the row of an order; by default of one that is open."""
    values: dict[str, Any] = {
        "id": 1185815098,
        "gid": None,
        "cid": 1575287436979,
        "symbol": "tETHUSD",
        "amount": -2.5,
        "orig": -2.5,
        "type": "EXCHANGE LIMIT",
        "status": "ACTIVE",
        "price": 230,
        "avg": 0,
        "flags": 0,
        "tif": None,
    } | changes
    return [
        *(values["id"], values["gid"], values["cid"], values["symbol"], 1575287436979, 1575287438515),
        *(values["amount"], values["orig"], values["type"], None, values["tif"], None, values["flags"]),
        *(values["status"], None, None, values["price"], values["avg"], 0, 0, None, None, None, 0, 0, None),
        *(None, None, "API>BFX", None, None, {"aff_code": "AbCd"}),
    ]


EXECUTED = order(
    id=1151718504,
    cid=1548262833910,
    symbol="tBTCUSD",
    amount=0,
    orig=-1,
    status="EXECUTED @ 15980.0(-0.5): was PARTIALLY FILLED @ 15980.0(-0.5)",
    price=15980,
    avg=15980,
)
NO_BALANCE = order(amount=2, orig=2, status="INSUFFICIENT BALANCE (U1)")
ONLY_CID = [None, None, 555, *[None] * 20, 0, *[None] * 8]
ONLY_ID = [1185815100, *[None] * 31]
TRADE = [402088407, "tETHUST", 1574963975602, 34938060782, -0.2, 153.57, "MARKET", 0, -1, -0.061668, "USD", 777]
ORDER_TRADE = [402088407, "tETHUST", 1574963975602, 34938060782, -0.2, 153.57, "MARKET", None, 1, -0.061668, "USD"]
LEDGER = [2531822314, "USD", "exchange", 1573521810000, None, 0.01644445, 0, None, "Settlement @ 185.79"]
WALLET = ["exchange", "USD", 100.5, 0, 60.25, "Trading fees for 5.0 BTC", {"reason": "TRADE"}]
POSITION: list[Any] = [
    *("tETHUST", "ACTIVE", 0.2, 153.71, 0, 0, -0.07944800000000068, -0.05855181835925015, 67.52755254906451),
    *(1.409288545397275, None, 142420429, 1574963975602, 1574963975603, None, 0, None, 0, 0, {"reason": "TRADE"}),
]
PAST_POSITION = ["tETHUST", "CLOSED", 0, 153.71, 0, 0, *[None] * 5, 142420429, 1574963975602, 1574963975603]
OFFER = [
    *(41237920, "fETH", 1573912039000, 1573912039000, 0.5, 0.5, "LIMIT", None, None, 0, "ACTIVE", None, None),
    *(None, 0.0024, 2, 0, 0, None, 0, None),
]
LOAN = [
    *(2995442, "fUSD", -1, 1575291961000, 1575295850000, 820, 0, "ACTIVE", None, None, None, 0.002, 7, 1575282446000),
    *(1575295850000, 0, 0, None, 0, None, 0),
]
CREDIT = [*LOAN, "tBTCUST"]
FUNDING_TRADE = [636854, "fUSD", 1575282446000, 41238905, -1000, 0.002, 7, None]
MARGIN_BASE = ["base", [-13.014640000000007, 0, 49331.70267297, 49318.68803297, 27]]
MARGIN_SYMBOL = [
    "sym",
    "tETHUSD",
    [149361.09689202666, 149639.26293509, 830.0182168075556, 895.0658432466332, *[None] * 4],
]
FUNDING_INFO = ["sym", "fUSD", [0.0008595462068208099, 0, 1.8444560185185186, 0]]
USER = [
    *(1234, "user@example.com", "somebody", 1527691729000, 1, 3, None, "Vienna", "en_US", "bitfinex", 1, None),
    *("merchant", None, None, None, 5678, 0, 1, 0, None, 0, 0, 0, None, None, ["u2f"], *[None] * 17, 1700000000000),
]
SUMMARY: list[Any] = [
    *(None, None, None, None),
    [[0.001, 0.001, 0.001, None, None, -0.0002], [0.002, 0.0021, 0.0022, None, None, 0.00075]],
    [[{"curr": "Total (USD)", "vol": 0}], {}, 0],
    [None, {}, 0],
    *(None, None, {"leo_lev": 0}),
]
INCREASE_INFO = [
    [100, 2.5],
    [50.5, [1000.5, 2000, 3, 4, None, None, None, None], 7.5],
    None,
    None,
    [10, 5],
    ["USD", "BTC"],
]


def note(kind: str, info: Any = None, status: str = "SUCCESS", text: str = "Done.", time: Any = 1575289447641) -> Any:
    """Make a notification."""
    return [time, kind, None, None, info, None, status, text]
