"""How unusual a reading is: an online, robust detector for one metric of one device.

What is said of a reading comes from the readings before it alone, in the order in which they came.

**Expectation.** Ten simple forecasts (``experts``) are blended by how right they were of late. They stand on
the long mean, on what is usual at this hour of the city's day, and on what is usual at this hour on this
kind of day (Monday to Friday, Saturday, Sunday) (``profile``). A season is thus followed as far as it
predicts, and one that is not there costs little. Smoothed levels with a season are Holt's and Winters';
weighing forecasts by their past errors is Bates and Granger's (1969).

**Score.** With error e = value − expected, spread s of the errors at this hour, and limit k from their tail
(``spread``), the ratio is r = |e| / (k s). A second ratio comes from errors smoothed over two hours, and at
least twelve readings (``drift``). The larger r counts, and score = 1 − 10 ** −r². So 0.9 is the limit
itself: the band from ``low`` to ``high`` holds the values whose score is at most 0.9, whatever threshold the
rule compares with. Under ordinary noise about one reading in 20,000 lies outside. 0.99 is 1.4 times the
limit, 0.999 is 1.7 times.

**What anomalies teach.** An anomalous reading moves the levels by one spread at most, counts for three
spreads at most where the spread is learned, and is kept from the tables. A run of them that lasts ``settle``
(6 h unless the rule says otherwise; less in a series' first week, in proportion to what was seen of it) and
holds at least 10 readings is the new normal: the levels move there at once; the tables begin to follow a day
after the run began and do so within their memory. Until they have, the drift is silent and the band reaches
from the new normal to the old: the way back is no anomaly.

**When it speaks.** The first score is that of the 31st reading. What is usual at an hour is used as soon as
that hour was seen, so the day sets in on the second day and the week in the second week. The drift speaks
after 200 readings, and after 9 days where the week may matter (``season: auto`` and ``weekly``), 3 days for
``daily``, at once for ``none``.

**Gaps.** A silence longer than one and a half intervals lets the newest levels fade towards the baseline, by
0.97 for each interval that is missing, and widens the spread by the root of their number, at most to that of
the baseline's errors.

Memories: forecasts half a day (100 to 1,000 readings), tables 7 days, by kind of day 10 working days or 4
Saturdays and Sundays, spread 3 days, by hour 10 days, long mean 3 days.

Why not a neighbour's way: so many standard deviations over a moving window (the common recipe on Prometheus)
alarms on every morning rush and is blinded by its own outliers; Seasonal Hybrid ESD (Twitter) wants a batch;
a learned sequence memory with Numenta's likelihood costs far more than a reading may.
"""

from __future__ import annotations

from rules.measures.anomaly.detector import WARM_UP, Anomaly, Judgement
from rules.measures.anomaly.model import Local
from rules.measures.anomaly.settings import AnomalyForm, AnomalySettings, Direction, Season

__all__ = [
    "WARM_UP",
    "Anomaly",
    "AnomalyForm",
    "AnomalySettings",
    "Direction",
    "Judgement",
    "Local",
    "Season",
]
