"""What differs between two runs."""

from __future__ import annotations

from crawler.runner.report.comparison import Difference, differences

BEFORE = {"pages": 100, "failed": 10, "rate": 5.0, "bytes_received": 1000, "statuses": {"200": 90, "404": 10}}
NOW = {"pages": 110, "failed": 5, "rate": 5.0, "bytes_received": 500, "statuses": {"200": 105, "404": 10, "500": 1}}


def test_figures_come_with_their_change_and_whether_it_is_for_the_better() -> None:
    found = {one.name: one for one in differences(NOW, BEFORE)}
    assert found["pages"] == Difference("pages", "100", "110", "+10 (+10.0 %)", None)
    assert found["failed"] == Difference("failed", "10", "5", "−5 (−50.0 %)", True)
    assert found["rate"] == Difference("rate", "5.0 pages/s", "5.0 pages/s", "=", None)
    assert found["received"].change == "−500 B (−50.0 %)"


def test_of_counts_by_name_those_that_changed_are_told() -> None:
    found = {one.name: one.change for one in differences(NOW, BEFORE)}
    assert found["status 200"] == "+15 (+16.7 %)"
    assert found["status 500"] == "+1"
    assert "status 404" not in found


def test_what_one_of_them_lacks_is_left_out() -> None:
    assert list(differences({"pages": 1}, {})) == []
