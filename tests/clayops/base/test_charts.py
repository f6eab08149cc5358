"""Where the bars of a drawing stand."""

import pytest

from clayops.base.charts import columns, gauge, height_of, round_top, round_top_of_count, row


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (0.3, 0.3), (1, 1), (7, 8), (1_001, 1_200), (14_000, 15_000), (99_999, 100_000)]
)
def test_a_scale_ends_at_a_number_that_reads_well(most: float, top: float) -> None:
    assert round_top(most) == pytest.approx(top)


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 6), (13, 20), (21, 30), (1_001, 1_200)]
)
def test_half_a_scale_of_counts_is_a_count(most: int, top: int) -> None:
    assert round_top_of_count(most) == top


def test_a_column_stacks_its_parts_from_the_ground() -> None:
    (column,) = columns([[("spent", 50), ("reserved", 25)]], top=100)
    assert [(part.tone, part.y, part.height) for part in column.parts] == [
        ("spent", "50.00%", "50.00%"),
        ("reserved", "25.00%", "25.00%"),
    ]


def test_columns_share_the_width() -> None:
    assert [column.slot.x for column in columns([[], [], [], []], top=1)] == [
        "0.00%",
        "25.00%",
        "50.00%",
        "75.00%",
    ]


def test_a_little_is_still_seen_and_nothing_is_not() -> None:
    (column,) = columns([[("spent", 0.001), ("reserved", 0)]], top=1_000)
    assert [part.height for part in column.parts] == ["1.50%"]


def test_no_column_leaves_the_drawing() -> None:
    (column,) = columns([[("spent", 100), ("reserved", 100)]], top=100)
    assert [part.y for part in column.parts] == ["0.00%", "0.00%"]


def test_a_line_above_the_scale_lies_at_its_edge() -> None:
    assert (height_of(50, 100), height_of(500, 100)) == ("50.00%", "0.00%")


def test_a_row_never_passes_the_whole() -> None:
    boxes = row([("a", 80), ("b", 80)], 100)
    assert [box.width for box in boxes] == ["80.00%", "20.00%"]


def test_a_gauge_shows_its_end_and_a_little_behind_it() -> None:
    found = gauge([("spent", 50)], 100, 75, [80])
    assert (found.end, found.parts[0].width) == ("97.09%", "48.54%")
    assert found.ahead
    assert (found.ahead.x, found.ahead.width) == ("48.54%", "24.27%")


def test_more_than_the_end_stands_behind_it() -> None:
    found = gauge([("spent", 200)], 100, 200)
    assert (found.end, found.parts[0].width, found.ahead) == ("48.54%", "97.09%", None)


def test_a_gauge_that_ends_at_nothing() -> None:
    found = gauge([("spent", 0)], 0, 0, [80])
    assert (found.end, found.parts, found.ticks) == ("0.00%", [], [])


def test_labels_that_would_touch_are_left_out() -> None:
    assert [tick.label for tick in gauge([], 100, 0, [50, 55, 80]).ticks] == ["50 %", "", "80 %"]


def test_a_single_mark_says_what_it_means() -> None:
    assert [tick.label for tick in gauge([], 100, 0, [80]).ticks] == ["warns at 80 %"]
