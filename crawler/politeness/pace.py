"""How long a struggling host is left alone: a delay that grows with its answers' time and with its errors."""

from __future__ import annotations

CEILING_S = 60.0
FIRST_STEP_S = 0.5  # the least that one error adds, so that a host asked without delay slows down too
EASING = 0.8  # of the distance to what the answers ask for is kept after each good answer


def adapted_delay_s(delay_s: float, elapsed_s: float, *, good: bool, floor_s: float) -> float:
    """The delay after one more answer that took `elapsed_s`, from the present one; never below `floor_s`.

    A good answer draws it towards the time the answer took (a host is then busy half of the time at most), an error
    doubles it, up to a minute. Fast and healthy hosts stay at the floor.
    """
    if not good:
        return max(floor_s, min(CEILING_S, max(2 * delay_s, delay_s + FIRST_STEP_S)))
    wanted_s = max(floor_s, min(CEILING_S, elapsed_s))
    return wanted_s + EASING * max(0.0, delay_s - wanted_s)
