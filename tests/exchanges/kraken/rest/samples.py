"""Answers of Kraken as its documentation and other clients' tests have them."""

from __future__ import annotations

TIME = b'{"error":[],"result":{"unixtime":1762820224,"rfc1123":"Tue, 11 Nov 25 00:17:04 +0000"}}'
SYSTEM_STATUS = b'{"error":[],"result":{"status":"online","timestamp":"2025-11-11T00:17:10Z"}}'
ASSETS = (
    b'{"error":[],"result":{"XXBT":{"aclass":"currency","altname":"XBT","decimals":10,"display_decimals":5,'
    b'"collateral_value":1,"status":"enabled"},"ZUSD":{"aclass":"currency","altname":"USD","decimals":4,'
    b'"display_decimals":2,"collateral_value":1,"status":"enabled"}}}'
)
ASSET_PAIRS = (
    b'{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT",'
    b'"aclass_quote":"currency","quote":"ZUSD","lot":"unit","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,'
    b'"lot_multiplier":1,"leverage_buy":[2,3,4,5],"leverage_sell":[2,3,4,5],"fees":[[0,0.26],[50000,0.24]],'
    b'"fees_maker":[[0,0.16],[50000,0.14]],"fee_volume_currency":"ZUSD","margin_call":80,"margin_stop":40,'
    b'"ordermin":"0.0001","costmin":"0.5","tick_size":"0.1","status":"online","long_position_limit":250,'
    b'"short_position_limit":200}}}'
)
TICKER = (
    b'{"error":[],"result":{"XXBTZUSD":{"a":["52609.60000","1","1.000"],"b":["52609.50000","1","1.000"],'
    b'"c":["52641.10000","0.00080000"],"v":["1920.83610601","7954.00219674"],"p":["52389.94668","54022.90683"],'
    b'"t":[23329,80463],"l":["51513.90000","51513.90000"],"h":["53219.90000","57200.00000"],"o":"52280.40000"}}}'
)
OHLC = (
    b'{"error":[],"result":{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23],'
    b'[1688671260,"30304.5","30304.5","30300.0","30300.0","30300.0","4.42996871",18]],"last":1688671200}}'
)
DEPTH = (
    b'{"error":[],"result":{"XXBTZUSD":{"asks":[["52523.00000","1.199",1616663113],["52536.00000","0.300",1616663112]],'
    b'"bids":[["52522.90000","0.753",1616663112],["52522.80000","0.006",1616663109]]}}}'
)
TRADES = (
    b'{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],'
    b'["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],"last":"1688671969993150842"}}'
)
SPREAD = (
    b'{"error":[],"result":{"XXBTZUSD":[[1688671834,"30292.10000","30297.50000"],'
    b'[1688671834,"30292.70000","30296.70000"]],"last":1688672106}}'
)
TOKEN = b'{"error":[],"result":{"token":"nmc39wCfFqn0mirRrpHMFOu0xfq4VVghFy+UPzpVcJo","expires":900}}'
BALANCE = b'{"error":[],"result":{"ZUSD":"200000.00","XXBT":"0.5","ETH":"2.0"}}'
BALANCE_EX = (
    b'{"error":[],"result":{"ZUSD":{"balance":"3.46840030","credit":"1.26844502","credit_used":"0.10002300",'
    b'"hold_trade":"2.14560458"}}}'
)
OPEN_ORDERS = (
    b'{"error":[],"result":{"open":{"OQCLML-BW3P3-BUCMWZ":{"refid":null,"userref":0,"status":"open",'
    b'"opentm":1616666559.8974,"starttm":0,"expiretm":0,"descr":{"pair":"XBTUSD","type":"buy","ordertype":"limit",'
    b'"price":"30010.0","price2":"0","leverage":"none","order":"buy 1.25000000 XBTUSD @ limit 30010.0","close":""},'
    b'"vol":"1.25000000","vol_exec":"0.37500000","cost":"11253.7","fee":"0.00000","price":"30010.0",'
    b'"stopprice":"0.00000","limitprice":"0.00000","misc":"","oflags":"fciq","trades":["TCCCTY-WE2O6-P3NB37"]}}}}'
)
CLOSED_ORDER = (
    b'{"OBCMZD-JIEE7-77TH3F":{"refid":null,"userref":7,"cl_ord_id":"mine","status":"closed","reason":null,'
    b'"opentm":1616665496.7808,"closetm":1616665499.1922,"starttm":0,"expiretm":1616666000,"descr":{"pair":"XBTUSD",'
    b'"type":"buy","ordertype":"limit","price":"37500.0","price2":"0","leverage":"none",'
    b'"order":"buy 1.25000000 XBTUSD @ limit 37500.0","close":""},"vol":"1.25000000","vol_exec":"1.25000000",'
    b'"cost":"37526.2","fee":"37.5","price":"30021.0","stopprice":"0.00000","limitprice":"0.00000","misc":"",'
    b'"oflags":"fciq,post","trades":["TZX2WP-XSEOP-FP7WYR"]}}'
)
TRADES_HISTORY = (
    b'{"error":[],"result":{"trades":{"THVRQM-33VKH-UCI7BS":{"ordertxid":"OQCLML-BW3P3-BUCMWZ",'
    b'"postxid":"TKH2SE-M7IF5-CFI7LT","pair":"XXBTZUSD","time":1688667796.8802,"type":"buy","ordertype":"limit",'
    b'"price":"30010.00000","cost":"600.20000","fee":"0.00000","vol":"0.02000000","margin":"0.00000","misc":"",'
    b'"trade_id":40274859,"maker":true}},"count":1}}'
)
PLACED = (
    b'{"error":[],"result":{"descr":{"order":"buy 2.12340000 XBTUSD @ limit 25000.1 with 2:1 leverage",'
    b'"close":"close position @ stop loss 22000.0 -> limit 21000.0"},"txid":["OUF4EM-FRGI2-MQMWZD"]}}'
)
BATCH = (
    b'{"error":[],"result":{"orders":[{"txid":"O5OR23-ADFAD-Y2G61C","descr":{"order":"buy 0.80300000 XBTUSD @ limit '
    b'28300.0"},"close":"close position @ stop loss 27000.0 -> limit 26000.0"},'
    b'{"error":"EOrder:Insufficient funds","descr":{"order":"sell 0.10500000 XBTUSD @ limit 36000.0"}}]}}'
)
AMENDED = b'{"error":[],"result":{"amend_id":"TVB4ER-X5QP3-ADURMW"}}'
EDITED = (
    b'{"error":[],"result":{"status":"ok","txid":"OFVXHJ-KPQ3B-VS7ELA","originaltxid":"OHYO67-6LP66-HMQ437",'
    b'"volume":"0.00030000","price":"19500.0","price2":"32500.0","orders_cancelled":1,'
    b'"descr":{"order":"buy 0.00030000 XXBTZGBP @ limit 19500.0"}}}'
)
CANCELED = b'{"error":[],"result":{"count":1}}'
SWITCH = b'{"error":[],"result":{"currentTime":"2023-03-24T17:41:56Z","triggerTime":"2023-03-24T17:42:56Z"}}'
SWITCH_OFF = b'{"error":[],"result":{"currentTime":"2023-03-24T17:41:56Z","triggerTime":"0"}}'
