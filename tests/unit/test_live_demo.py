"""The live demo's figures: what moved, how soon it was counted, and how both are shown."""

import pytest
from rich.console import Console

from deploy.local.live.moving import SHOWN_EVENTS, Moving, Numbers
from deploy.local.live.options import DAYS_PER_SECOND, SECONDS, LiveOptions, live_from_environment
from deploy.local.live.site import Deliveries, Event, History
from deploy.local.live.view import Frame, delays_in_words, line_of, moved_in_words
from deploy.local.options import CannotStart

FIRST = Numbers(created=100, finished=90, in_progress=20)
THEN_MS = 1_333_238_400_000  # 1 April 2012


def event(number: int, at_ms: int, said: str = "filed") -> Event:
    return Event(number, THEN_MS, at_ms, f"ABC-{number}", said, is_filed=said == "filed")


def history(*latest: Event, played: int = 0) -> History:
    return History(THEN_MS, played, over=False, latest=latest)


def numbers(created: int) -> Numbers:
    return Numbers(created, 90, 20)


def test_the_kth_issue_that_is_filed_is_counted_by_the_first_number_that_is_higher_by_k() -> None:
    moving = Moving(FIRST, history(played=7))
    assert moving.last_event == 7
    moving.note_history(
        history(event(8, 1_000), event(9, 1_100, "Open → Closed"), event(10, 1_200))
    )
    assert (moving.last_event, moving.events, moving.is_level) == (10, 3, False)
    assert not moving.note_numbers(numbers(100), 1_250)
    assert moving.note_numbers(numbers(101), 1_500)
    assert [moving.delay_ms(*one) for one in moving.latest] == [500, None, None]
    assert moving.note_numbers(numbers(102), 2_400)
    assert [moving.delay_ms(*one) for one in moving.latest] == [500, None, 1_200]
    assert (moving.delays_ms(), moving.is_level) == ([500, 1_200], True)


def test_a_number_may_show_an_issue_before_the_site_is_asked_what_happened() -> None:
    """Both are asked one after the other; the answer that came first counts."""
    moving = Moving(FIRST, history())
    moving.note_numbers(numbers(102), 1_500)
    moving.note_history(history(event(1, 1_000), event(2, 1_499)))
    assert moving.delays_ms() == [1, 500]


def test_a_number_that_falls_takes_back_no_delay() -> None:
    moving = Moving(FIRST, history(event(1, 1_000)))
    for created in (101, 100, 101):
        moving.note_numbers(numbers(created), 1_000 + created)
    moving.note_history(history(event(1, 1_000)))
    assert moving.delays_ms() == [101]


def test_the_latest_that_may_move_a_number_are_shown() -> None:
    moving = Moving(FIRST, history())
    moving.note_history(history(*(event(number, 1, "Open → Done") for number in range(1, 30))))
    moving.note_history(history(event(30, 1, "commented"), event(31, 1, "labels changed")))
    assert [one.number for one, _ in moving.latest] == list(range(30 - SHOWN_EVENTS, 30))
    assert moving.events == 31


@pytest.mark.parametrize("width", [80, 120])
def test_a_frame_fits_a_terminal_of_24_lines(width: int) -> None:
    """With its numbers, its events, and how soon they were counted."""
    moving = Moving(FIRST, history())
    happened = [event(number, 1_000, "Open → In Progress") for number in range(1, 20)]
    moving.note_history(history(*happened, event(20, 1_000)))
    moving.note_numbers(Numbers(101, 92, 19), 1_400)
    console = Console(width=width, record=True, highlight=False)
    with console.capture() as capture:
        console.print(Frame(moving, 2.0, 12.0, 60.0))
    said = capture.get()
    assert len(said.splitlines()) <= 24
    assert max(len(line.rstrip()) for line in said.splitlines()) <= width
    words = " ".join(said.split())
    for part in (
        "2 days of history a second",
        "01 Apr 2012",
        "12 of 60 s",
        "Items created 100 101 ▲ 1",
        "Items finished 90 92 ▲ 2",
        "In progress 20 19 ▼ 1",
        "ABC-20 filed after 0.4 s",
        "half within 0.4 s, the longest 0.4 s (1 issue)",
    ):
        assert part in words


def test_what_is_said_in_words() -> None:
    moving = Moving(FIRST, history())
    assert delays_in_words(moving.delays_ms()) == ""
    moving.note_numbers(Numbers(103, 91, 18), 1)
    said = "01 Apr 2012  created 103 (+3)  finished 91 (+1)  in progress 18 (-2)"
    assert line_of(moving) == said
    assert moved_in_words(FIRST, moving.now) == (
        "items created 100 → 103, items finished 90 → 91, in progress 20 → 18"
    )


def test_what_was_put_off_is_neither_taken_nor_lost() -> None:
    told = Deliveries(2, {"200": 5, "429": 2, "no answer": 1, "dropped": 0})
    assert (told.taken, told.put_off) == (5, 3)


def test_it_is_asked_for_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for nothing in ("", "0"):
        monkeypatch.setenv("LIVE", nothing)
        assert live_from_environment() is None
    monkeypatch.setenv("LIVE", "1")
    assert live_from_environment() == LiveOptions(SECONDS, DAYS_PER_SECOND)
    monkeypatch.setenv("LIVE_SECONDS", "600")
    monkeypatch.setenv("LIVE_DAYS", "0.5")
    assert live_from_environment() == LiveOptions(600, 0.5)
    for wrong in ("soon", "0", "-1", "inf", "nan"):
        monkeypatch.setenv("LIVE_SECONDS", wrong)
        with pytest.raises(CannotStart, match="LIVE_SECONDS"):
            live_from_environment()
