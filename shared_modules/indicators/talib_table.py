"""TA-Lib's functions as a table made from TA-Lib's own description of them; a test compares the two.

It stands here so that naming the catalogue does not load TA-Lib. Columns of `FUNCTIONS`: name, TA-Lib function, title,
category, pane, inputs by first letter, outputs in TA-Lib's order (- is left out), parameters in TA-Lib's order with
default and, for bars, the least number allowed. A candlestick's name is its function in small letters.
"""

# TA-Lib's kinds of moving average by number; 10 and 11 are none
AVERAGES = {
    "sma": 0, "ema": 1, "wma": 2, "dema": 3, "tema": 4, "trima": 5, "kama": 6, "mama": 7, "t3": 8, "hma": 9,
    "zlema": 12, "rma": 13,
}  # fmt: skip

# the functions behind entries of the catalogue that are declared by hand; MAVP's second input is a row of periods,
# which no candle has, so its entry takes that of the dominant cycle
HOUSE = ("SMA", "EMA", "WMA", "BBANDS", "DONCHIAN", "RSI", "STOCH", "MACD", "ADX", "CCI", "ATR", "OBV", "MAVP")

# help texts of parameters that count bars
BARS = {
    "period": "Bars looked back on",
    "fast": "Fast average",
    "slow": "Slow average",
    "signal": "Signal line",
    "smooth": "Smoothing of the sum",
    "smooth_k": "Smoothing of K",
    "smooth_d": "Smoothing of D",
    "stoch": "Bars of the extremes",
    "short": "Short look back",
    "middle": "Middle look back",
    "long": "Long look back",
    "left": "Bars before the extreme that must not reach it",
    "right": "Bars after the extreme that must not reach it",
    "first": "First smoothing",
    "second": "Second smoothing",
    "atr": "Average true range",
    "change": "Bars back the change is measured from",
    "deviation": "Standard deviation",
}

# help text, least, most, step of the other parameters
NUMBERS = {
    "width": ("Width in deviations", 0.1, 10.0, 0.1),
    "width_up": ("Width of the upper band in standard deviations", 0.1, 10.0, 0.1),
    "width_down": ("Width of the lower band in standard deviations", 0.1, 10.0, 0.1),
    "multiplier": ("Width in average true ranges", 0.1, 20.0, 0.1),
    "factor": ("Volume factor: 0 is slow, 1 is fast", 0.0, 1.0, 0.05),
    "percentile": ("Percentile", 1.0, 100.0, 1.0),
    "penetration": ("How far into the earlier body the close must reach, as a fraction of it", 0.0, 1.0, 0.05),
    "fast_limit": ("Largest weight of the newest price", 0.01, 0.99, 0.01),
    "slow_limit": ("Least weight of the newest price", 0.01, 0.99, 0.01),
    "acceleration": ("Acceleration per new extreme", 0.0, 1.0, 0.01),
    "maximum": ("Largest acceleration", 0.0, 1.0, 0.01),
    "start": ("First value: 0 lets it choose, above 0 starts long, below 0 short", -1e6, 1e6, 1.0),
    "offset": ("Distance added at each turn, as a fraction", 0.0, 1.0, 0.01),
    "long_start": ("First acceleration of longs", 0.0, 1.0, 0.01),
    "long_step": ("Acceleration per new extreme of longs", 0.0, 1.0, 0.01),
    "long_limit": ("Largest acceleration of longs", 0.0, 1.0, 0.01),
    "short_start": ("First acceleration of shorts", 0.0, 1.0, 0.01),
    "short_step": ("Acceleration per new extreme of shorts", 0.0, 1.0, 0.01),
    "short_limit": ("Largest acceleration of shorts", 0.0, 1.0, 0.01),
}

# help texts of parameters that choose an average
KINDS = {
    "average": "Kind of average",
    "fast_average": "Kind of the fast average",
    "slow_average": "Kind of the slow average",
    "signal_average": "Kind of the signal line's average",
    "k_average": "Kind of average that smooths K",
    "d_average": "Kind of average that smooths D",
}

FUNCTIONS = """
accbands | ACCBANDS | Acceleration bands | trend | price | hlc | upper middle lower | period=20/2
bbands | BBANDS | Bollinger bands with a chosen average | trend | price | c | upper middle lower | \
    period=20/2 width_up=2 width_down=2 average=sma
dema | DEMA | Double exponential moving average | trend | price | c | dema | period=30/1
hma | HMA | Hull moving average | trend | price | c | hma | period=20/1
ht_trendline | HT_TRENDLINE | Hilbert transform: instantaneous trend line | trend | price | c | ht_trendline
kama | KAMA | Kaufman adaptive moving average | trend | price | c | kama | period=30/1
keltner | KC | Keltner channel | trend | price | hlc | upper middle lower | period=20/2 atr=10/1 width=2
ma | MA | Average of a chosen kind | trend | price | c | ma | period=30/1 average=sma
mama | MAMA | MESA adaptive moving average | trend | price | c | mama fama | fast_limit=0.5 slow_limit=0.05
midpoint | MIDPOINT | Middle of the closes | trend | price | c | midpoint | period=14/2
midprice | MIDPRICE | Middle of highs and lows | trend | price | hl | midprice | period=14/2
rma | RMA | Wilder's moving average | trend | price | c | rma | period=30/1
sar | SAR | Parabolic SAR | trend | price | hl | sar | acceleration=0.02 maximum=0.2
sarext | SAREXT | Parabolic SAR, extended | trend | price | hl | sarext | start=0 offset=0 long_start=0.02 \
    long_step=0.02 long_limit=0.2 short_start=0.02 short_step=0.02 short_limit=0.2
supertrend | SUPERTREND | Supertrend | trend | price | hlc | supertrend - | period=10/2 multiplier=3
supertrend_trend | SUPERTREND | Supertrend direction | trend | own | hlc | - trend | period=10/2 multiplier=3
t3 | T3 | T3 moving average | trend | price | c | t3 | period=5/1 factor=0.7
tema | TEMA | Triple exponential moving average | trend | price | c | tema | period=30/1
trima | TRIMA | Triangular moving average | trend | price | c | trima | period=30/1
vwma | VWMA | Volume weighted moving average | trend | price | cv | vwma | period=30/1
zlema | ZLEMA | Zero-lag exponential moving average | trend | price | c | zlema | period=30/1
ac | AC | Accelerator oscillator | momentum | own | hl | ac | fast=5/2 slow=34/2 signal=5/2
adxr | ADXR | Average directional movement index rating | momentum | own | hlc | adxr | period=14/2
ao | AO | Awesome oscillator | momentum | own | hl | ao | fast=5/2 slow=34/2
apo | APO | Absolute price oscillator | momentum | own | c | apo | fast=12/2 slow=26/2 average=ema
aroon | AROON | Aroon | momentum | own | hl | down up | period=14/2
aroonosc | AROONOSC | Aroon oscillator | momentum | own | hl | aroonosc | period=14/2
bop | BOP | Balance of power | momentum | own | ohlc | bop
cmo | CMO | Chande momentum oscillator | momentum | own | c | cmo | period=14/2
cmou | CMOU | Chande momentum oscillator, unsmoothed | momentum | own | c | cmou | period=14/2
coppock | COPPOCK | Coppock curve | momentum | own | c | coppock | smooth=10/1 short=11/1 long=14/1
dpo | DPO | Detrended price oscillator | momentum | own | c | dpo | period=20/2
dx | DX | Directional movement index | momentum | own | hlc | dx | period=14/2
er | ER | Kaufman efficiency ratio | momentum | own | c | er | period=10/2
eri | ERI | Elder ray | momentum | own | hlc | bull bear | period=13/1
fosc | FOSC | Forecast oscillator | momentum | own | c | fosc | period=5/2
fractal | FRACTAL | Williams fractals | momentum | own | hl | high low | left=2/1 right=2/1
imi | IMI | Intraday momentum index | momentum | own | oc | imi | period=14/2
kdj | KDJ | KDJ stochastic | momentum | own | hlc | k d j | period=9/1 smooth_k=3/1 k_average=rma \
    smooth_d=3/1 d_average=rma
macdext | MACDEXT | MACD with chosen averages | momentum | own | c | macd signal histogram | fast=12/2 \
    fast_average=sma slow=26/2 slow_average=sma signal=9/1 signal_average=sma
macdfix | MACDFIX | MACD 12/26 | momentum | own | c | macd signal histogram | signal=9/1
mfi | MFI | Money flow index | momentum | own | hlcv | mfi | period=14/2
minus_di | MINUS_DI | Minus directional indicator | momentum | own | hlc | minus_di | period=14/1
minus_dm | MINUS_DM | Minus directional movement | momentum | own | hl | minus_dm | period=14/1
mom | MOM | Momentum | momentum | own | c | mom | period=10/1
plus_di | PLUS_DI | Plus directional indicator | momentum | own | hlc | plus_di | period=14/1
plus_dm | PLUS_DM | Plus directional movement | momentum | own | hl | plus_dm | period=14/1
ppo | PPO | Percentage price oscillator | momentum | own | c | ppo | fast=12/2 slow=26/2 average=ema
qstick | QSTICK | Qstick | momentum | own | oc | qstick | period=10/1
roc | ROC | Rate of change in percent | momentum | own | c | roc | period=10/1
rocp | ROCP | Rate of change as a fraction | momentum | own | c | rocp | period=10/1
rocr | ROCR | Rate of change as a ratio | momentum | own | c | rocr | period=10/1
rocr100 | ROCR100 | Rate of change as a ratio times 100 | momentum | own | c | rocr100 | period=10/1
smi | SMI | Stochastic momentum index | momentum | own | hlc | smi signal | period=13/2 fast=2/2 slow=25/2 signal=9/2
stoch | STOCH | Stochastic with chosen averages | momentum | own | hlc | k d | period=5/1 smooth_k=3/1 \
    k_average=sma smooth_d=3/1 d_average=sma
stochf | STOCHF | Fast stochastic | momentum | own | hlc | k d | period=5/1 smooth_d=3/1 d_average=sma
stochrsi | STOCHRSI | Fast stochastic of the RSI | momentum | own | c | k d | period=14/2 stoch=5/1 \
    smooth_d=3/1 d_average=sma
trix | TRIX | TRIX | momentum | own | c | trix | period=30/1
tsi | TSI | True strength index | momentum | own | c | tsi | first=25/2 second=13/2
ultosc | ULTOSC | Ultimate oscillator | momentum | own | hlc | ultosc | short=7/1 middle=14/1 long=28/1
vhf | VHF | Vertical horizontal filter | momentum | own | c | vhf | period=28/2
vortex | VORTEX | Vortex indicator | momentum | own | hlc | plus minus | period=14/1
wad | WAD | Williams accumulation/distribution | momentum | own | hlc | wad
willr | WILLR | Williams %R | momentum | own | hlc | willr | period=14/2
adr | ADR | Average bar range | volatility | own | hl | adr | period=14/1
cvi | CVI | Chaikin volatility | volatility | own | hl | cvi | period=10/2 change=10/1
massi | MASSI | Mass index | volatility | own | hl | massi | fast=9/2 slow=25/2
natr | NATR | Normalized average true range | volatility | own | hlc | natr | period=14/1
rvi | RVI | Relative volatility index | volatility | own | c | rvi | period=14/1 deviation=10/2
trange | TRANGE | True range | volatility | own | hlc | trange
ad | AD | Chaikin A/D line | volume | own | hlcv | ad
adosc | ADOSC | Chaikin A/D oscillator | volume | own | hlcv | adosc | fast=3/2 slow=10/2
cmf | CMF | Chaikin money flow | volume | own | hlcv | cmf | period=20/2
efi | EFI | Elder force index | volume | own | cv | efi | period=13/1
marketfi | MARKETFI | Market facilitation index | volume | own | hlv | marketfi
nvi | NVI | Negative volume index | volume | own | cv | nvi
pvi | PVI | Positive volume index | volume | own | cv | pvi
pvo | PVO | Percentage volume oscillator | volume | own | v | pvo | fast=12/2 slow=26/2 average=ema
pvt | PVT | Price volume trend | volume | own | cv | pvt
rvol | RVOL | Relative volume | volume | own | v | rvol | period=20/1
vwap | VWAP | VWAP since the first bar | volume | price | hlcv | vwap
beta | BETA | Beta of high and low | statistics | own | hl | beta | period=5/1
correl | CORREL | Correlation of high and low | statistics | own | hl | correl | period=30/1
linearreg | LINEARREG | Linear regression | statistics | price | c | linearreg | period=14/2
linearreg_angle | LINEARREG_ANGLE | Linear regression angle | statistics | own | c | linearreg_angle | period=14/2
linearreg_intercept | LINEARREG_INTERCEPT | Linear regression intercept | statistics | price | c | \
    linearreg_intercept | period=14/2
linearreg_slope | LINEARREG_SLOPE | Linear regression slope | statistics | own | c | linearreg_slope | period=14/2
percentile | PERCENTILE | Percentile of the closes | statistics | price | c | percentile | period=30/2 percentile=50
percentrank | PERCENTRANK | Percent rank | statistics | own | c | percentrank | period=100/2
stddev | STDDEV | Standard deviation | statistics | own | c | stddev | period=5/2 width=1
tsf | TSF | Time series forecast | statistics | price | c | tsf | period=14/2
var | VAR | Variance | statistics | own | c | var | period=5/1 width=1
ht_dcperiod | HT_DCPERIOD | Hilbert transform: dominant cycle period | cycle | own | c | ht_dcperiod
ht_dcphase | HT_DCPHASE | Hilbert transform: dominant cycle phase | cycle | own | c | ht_dcphase
ht_phasor | HT_PHASOR | Hilbert transform: phasor | cycle | own | c | inphase quadrature
ht_sine | HT_SINE | Hilbert transform: sine wave | cycle | own | c | sine lead
ht_trendmode | HT_TRENDMODE | Hilbert transform: trend or cycle | cycle | own | c | ht_trendmode
avgdev | AVGDEV | Average deviation | price | own | c | avgdev | period=14/2
avgprice | AVGPRICE | Average price | price | price | ohlc | avgprice
heikin_ashi | HA | Heikin-Ashi candles | price | price | ohlc | open high low close
medprice | MEDPRICE | Median price | price | price | hl | medprice
typprice | TYPPRICE | Typical price | price | price | hlc | typprice
wclprice | WCLPRICE | Weighted close price | price | price | hlc | wclprice
add | ADD | High plus low | arithmetic | own | hl | add
cumsum | CUMSUM | Cumulative sum | arithmetic | own | c | cumsum
div | DIV | High over low | arithmetic | own | hl | div
max | MAX | Highest close | arithmetic | price | c | max | period=30/2
maxindex | MAXINDEX | Row of the highest close | arithmetic | own | c | maxindex | period=30/2
min | MIN | Lowest close | arithmetic | price | c | min | period=30/2
minindex | MININDEX | Row of the lowest close | arithmetic | own | c | minindex | period=30/2
minmax | MINMAX | Lowest and highest close | arithmetic | price | c | lowest highest | period=30/2
minmaxindex | MINMAXINDEX | Rows of lowest and highest close | arithmetic | own | c | lowest highest | period=30/2
mult | MULT | High times low | arithmetic | own | hl | mult
sub | SUB | High less low | arithmetic | own | hl | sub
sum | SUM | Sum of closes | arithmetic | own | c | sum | period=30/2
acos | ACOS | Arc cosine of the close | arithmetic | own | c | acos
asin | ASIN | Arc sine of the close | arithmetic | own | c | asin
atan | ATAN | Arc tangent of the close | arithmetic | own | c | atan
ceil | CEIL | Close rounded up | arithmetic | own | c | ceil
cos | COS | Cosine of the close | arithmetic | own | c | cos
cosh | COSH | Hyperbolic cosine of the close | arithmetic | own | c | cosh
exp | EXP | Exponential of the close | arithmetic | own | c | exp
floor | FLOOR | Close rounded down | arithmetic | own | c | floor
ln | LN | Natural logarithm of the close | arithmetic | own | c | ln
log10 | LOG10 | Decimal logarithm of the close | arithmetic | own | c | log10
sin | SIN | Sine of the close | arithmetic | own | c | sin
sinh | SINH | Hyperbolic sine of the close | arithmetic | own | c | sinh
sqrt | SQRT | Square root of the close | arithmetic | own | c | sqrt
tan | TAN | Tangent of the close | arithmetic | own | c | tan
tanh | TANH | Hyperbolic tangent of the close | arithmetic | own | c | tanh
"""

# name, title, parameters; all read open, high, low and close
CANDLESTICKS = """
cdl2crows | Two crows
cdl3blackcrows | Three black crows
cdl3inside | Three inside up/down
cdl3linestrike | Three-Line strike
cdl3outside | Three outside up/down
cdl3starsinsouth | Three stars in the south
cdl3whitesoldiers | Three advancing white soldiers
cdlabandonedbaby | Abandoned baby | penetration=0.3
cdladvanceblock | Advance block
cdlbelthold | Belt-hold
cdlbreakaway | Breakaway
cdlclosingmarubozu | Closing marubozu
cdlconcealbabyswall | Concealing baby swallow
cdlcounterattack | Counterattack
cdldarkcloudcover | Dark cloud cover | penetration=0.5
cdldoji | Doji
cdldojistar | Doji star
cdldragonflydoji | Dragonfly doji
cdlengulfing | Engulfing pattern
cdleveningdojistar | Evening doji star | penetration=0.3
cdleveningstar | Evening star | penetration=0.3
cdlgapsidesidewhite | Up or down gap side-by-side white lines
cdlgravestonedoji | Gravestone doji
cdlhammer | Hammer
cdlhangingman | Hanging man
cdlharami | Harami pattern
cdlharamicross | Harami cross pattern
cdlhighwave | High-Wave candle
cdlhikkake | Hikkake pattern
cdlhikkakemod | Modified hikkake pattern
cdlhomingpigeon | Homing pigeon
cdlidentical3crows | Identical three crows
cdlinneck | In-Neck pattern
cdlinvertedhammer | Inverted hammer
cdlkicking | Kicking
cdlkickingbylength | Kicking, direction given by the longer marubozu
cdlladderbottom | Ladder bottom
cdllongleggeddoji | Long legged doji
cdllongline | Long line candle
cdlmarubozu | Marubozu
cdlmatchinglow | Matching low
cdlmathold | Mat hold | penetration=0.5
cdlmorningdojistar | Morning doji star | penetration=0.3
cdlmorningstar | Morning star | penetration=0.3
cdlonneck | On-Neck pattern
cdlpiercing | Piercing pattern
cdlrickshawman | Rickshaw man
cdlrisefall3methods | Rising or falling three methods
cdlseparatinglines | Separating lines
cdlshootingstar | Shooting star
cdlshortline | Short line candle
cdlspinningtop | Spinning top
cdlstalledpattern | Stalled pattern
cdlsticksandwich | Stick sandwich
cdltakuri | Takuri (dragonfly doji with very long lower shadow)
cdltasukigap | Tasuki gap
cdlthrusting | Thrusting pattern
cdltristar | Tristar pattern
cdlunique3river | Unique 3 river
cdlupsidegap2crows | Upside gap two crows
cdlxsidegap3methods | Upside or downside gap three methods
"""
