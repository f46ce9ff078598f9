"""Messages of the account as Bitfinex's pages and its clients' tests have them."""

# ruff: noqa: E501 - messages stand as they came

OS = '[0,"os",[[34930659963,null,1574955083558,"tETHUSD",1574955083558,1574955083573,0.201104,0.201104,"EXCHANGE LIMIT",null,null,null,0,"ACTIVE",null,null,120,0,0,0,null,null,null,0,0,null,null,null,"BFX",null,null,null]]]'
PS = '[0,"ps",[["tETHUST","ACTIVE",0.2,153.71,0,0,null,null,null,null,null,142420429,null,null,null,0,null,0,null,{"reason":"TRADE","order_id":34934099168,"order_id_oppo":34934090814,"liq_stage":null,"trade_price":"153.71","trade_amount":"0.2"}]]]'
PU = '[0,"pu",["tETHUST","ACTIVE",0.2,153.71,0,0,-0.07944800000000068,-0.05855181835925015,67.52755254906451,1.409288545397275,null,142420429,null,null,null,0,null,0,0,{"reason":"TRADE","order_id":34934099168,"order_id_oppo":34934090814,"liq_stage":null,"trade_price":"153.71","trade_amount":"0.2"}]]'
PC = '[0,"pc",["tETHUST","CLOSED",0,153.71,0,0,null,null,null,null,null,142420429]]'
TE = '[0,"te",[402088407,"tETHUST",1574963975602,34938060782,-0.2,153.57,"MARKET",0,-1,null,null,0]]'
TU = '[0,"tu",[701,"tBTCUSD",1521235125445,1234567,-0.15299251,12000,"EXCHANGE MARKET",12000,-1,-0.50095867,"USD"]]'
WS = '[0,"ws",[["exchange","SAN",19.76,0,null,null,null]]]'
WU = '[0,"wu",["exchange","BTC",1.61169184,0,null,"Exchange 0.01 BTC for USD @ 7804.6",{"reason":"TRADE","order_id":34988418651,"order_id_oppo":34990541044,"trade_price":"7804.6","trade_amount":"0.01"}]]'
FOS = '[0,"fos",[[41237920,"fETH",1573912039000,1573912039000,0.5,0.5,"LIMIT",null,null,0,"ACTIVE",null,null,null,0.0024,2,0,0,null,0,null]]]'
FCS = '[0,"fcs",[[26223578,"fUST",1,1575052261000,1575296187000,350,0,"ACTIVE",null,null,null,0,30,1575052261000,1575293487000,0,0,null,0,null,0,"tBTCUST"]]]'
FLS = '[0,"fls",[[2995442,"fUSD",-1,1575291961000,1575295850000,820,0,"ACTIVE",null,null,null,0.002,7,1575282446000,1575295850000,0,0,null,0,null,0]]]'
FTE = '[0,"fte",[636854,"fUSD",1575282446000,41238905,-1000,0.002,7,null]]'
BU = '[0,"bu",[4131.85,4131.85]]'
MIU_BASE = '[0,"miu",["base",[-13.014640000000007,0,49331.70267297,49318.68803297,27]]]'
MIU_SYM = '[0,"miu",["sym","tETHUSD",[149361.09689202666,149639.26293509,830.0182168075556,895.0658432466332,null,null,null,null]]]'
FIU = '[0,"fiu",["sym","fUSD",[0.0008595462068208099,0,1.8444560185185186,0]]]'

# One order: taken, on the book, filled by half, filled; its notification.
CID = 1548262833910
_ROW = '1151718504,null,1548262833910,"tBTCUSD",1548262833379'
_REST = 'null,null,15980,{average},0,0,null,null,null,0,0,null,null,null,"API>BFX",null,null,null'
ON = f'[0,"on",[{_ROW},1548262833410,-1,-1,"EXCHANGE LIMIT",null,null,null,0,"ACTIVE",{_REST.format(average=0)}]]'
OU = f'[0,"ou",[{_ROW},1548262846964,-0.5,-1,"EXCHANGE LIMIT",null,null,null,0,"PARTIALLY FILLED @ 15980.0(-0.5)",{_REST.format(average=15980)}]]'
OC = f'[0,"oc",[{_ROW},1548262888016,0,-1,"EXCHANGE LIMIT",null,null,null,0,"EXECUTED @ 15980.0(-0.5): was PARTIALLY FILLED @ 15980.0(-0.5)",{_REST.format(average=15980)}]]'

N_ON = '[0,"n",[1575287438.515,"on-req",null,null,[1185815098,null,1575287436979,"tETHUSD",1575287438515,1575287438515,-2.5,-2.5,"LIMIT",null,null,null,0,"ACTIVE",null,null,230,0,0,0,null,null,null,0,null,null,null,null,"API>BFX",null,null,null],null,"SUCCESS","Submitting limit sell order for -2.5 ETH."]]'
N_ON_ERROR = '[0,"n",[1521237838790,"on-req",null,null,[null,null,555,"tBTCUSD",null,null,-1,null,"EXCHANGE LIMIT",null,null,null,null,null,null,null,-12483,null,null,null,null,null,null,0,null,null,null,null,null,null,null,null],null,"ERROR","Invalid price."]]'
N_ON_CID = '[0,"n",[1546953056495,"on-req",null,null,[null,null,15469530564677380,"tXRPUSD",null,null,-38,null,"STOP",null,null,null,1024,null,null,null,0.3689,null,0,0,null,null,null,0,0,null,null,null,null,null,null,null],null,"ERROR","cid: invalid"]]'
N_OU = '[0,"n",[1575289447641,"ou-req",null,null,[1185815100,null,1575289350475,"tETHUSD",1575289351944,1575289351948,-3,-3,"LIMIT",null,null,null,0,"ACTIVE",null,null,240,0,0,0,null,null,null,0,0,null,null,null,"API>BFX",null,null,null],null,"SUCCESS","Submitting update to limit sell order for 3 ETH."]]'
N_OC = '[0,"n",[1575291219660,"oc-req",null,null,[1185815100,null,1575289350475,"tETHUSD",1575289351944,1575289447644,-3,-3,"LIMIT","LIMIT",null,null,0,"ACTIVE",null,null,240,0,0,0,null,null,null,0,0,null,null,null,"API>BFX",null,null,null],null,"SUCCESS","Submitted for cancellation; waiting for confirmation (ID: 1185815100)."]]'
N_OC_CID = '[0,"n",[1521153051035,"oc-req",null,null,[null,null,555,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,0,null,null,null,null,null,null,null,null],null,"SUCCESS","Submitted for cancellation; waiting for confirmation (ID: 1234567)."]]'
N_OC_ERROR = '[0,"n",[1521231457686,"oc-req",null,null,[null,null,555,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,0,null,null,null,null,null,null,null,null],null,"ERROR","Order not found."]]'
N_FON = '[0,"n",[1575293958819,"fon-req",null,null,[41238934,null,null,null,500,null,null,null,null,null,null,null,null,null,0.02,2,null,null,null,null,null],null,"SUCCESS","Submitting funding offer of 500.0 UST at 2.000 for 2 days."]]'

NOTIFICATIONS = (N_ON, N_ON_ERROR, N_ON_CID, N_OU, N_OC, N_OC_CID, N_OC_ERROR, N_FON)
ACCOUNT = (OS, PS, PU, PC, TE, TU, WS, WU, FOS, FCS, FLS, FTE, BU, MIU_BASE, MIU_SYM, FIU, ON, OU, OC, *NOTIFICATIONS)
AUTH = '{"event":"auth","status":"OK","chanId":0,"userId":269499,"auth_id":"a26236f1-ef44-4671-be32-197ce190348f","caps":{"orders":{"read":1,"write":1},"account":{"read":1,"write":0},"funding":{"read":1,"write":1},"history":{"read":1,"write":0},"wallets":{"read":1,"write":1},"withdraw":{"read":0,"write":0},"positions":{"read":1,"write":1}}}'
