"""What values the parameters that many estimators have may take, for `check_parameters`.

Imported by packages that define estimators only: it loads scikit-learn.
"""

from __future__ import annotations

from numbers import Integral, Real

from tabkit._core._sklearn import make_interval

COUNT = make_interval(Integral, 1, None, closed="left")
COUNT_FROM_ZERO = make_interval(Integral, 0, None, closed="left")
POSITIVE = make_interval(Real, 0, None, closed="neither")
FROM_ZERO = make_interval(Real, 0, None, closed="left")
# Shares: of rows to set aside, which is neither none nor all; of rows to draw, which may be all; of what is
# dropped, which may be nothing.
SHARE = make_interval(Real, 0, 1, closed="neither")
SHARE_OR_ALL = make_interval(Real, 0, 1, closed="right")
SHARE_OR_NONE = make_interval(Real, 0, 1, closed="left")
N_JOBS = [make_interval(Integral, None, None, closed="neither"), None]
