"""A rule that takes too long ends as its own crash, wherever it runs and whatever it does."""

import contextlib
import re
import signal
import threading
import time

import pytest

from qc_rules import Call, RuleSet
from qc_rules.time_limit import AlarmClock, ThreadClock, TimeUp, clock
from tests.qc_rules.test_engine import rule

CALL = Call(call_id="c1", duration=60)
LIMIT = 0.5
TOO_LONG = f"took longer than {LIMIT} s"


def spins(self, call):
    while True:
        pass


def sleeps(self, call):
    time.sleep(60)


def backtracks(self, call):
    re.match(r"(a+)+$", "a" * 60 + "b")


def catches_all(self, call):
    for _ in range(3):
        with contextlib.suppress(BaseException):
            spins(self, call)
    return []


def cleans_up_for_long(self, call):
    try:
        spins(self, call)
    finally:
        time.sleep(60)


@pytest.mark.parametrize("check", [spins, sleeps, backtracks, catches_all, cleans_up_for_long])
def test_a_rule_that_hangs_costs_its_own_outcome_only(check):
    fine = rule(lambda self, call: [self.hit(call)], "TS02")
    hung, other = RuleSet([rule(check), fine], limit_seconds=LIMIT).judge(CALL)
    assert (hung.result, hung.reason) == ("crash", TOO_LONG)
    assert other.result == "hit"


def spins_for_a_while(self, call):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pass
    return []


def ignores_the_alarm(self, call):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    return []


def stops_the_alarm(self, call):
    signal.setitimer(signal.ITIMER_REAL, 0)
    return []


@pytest.mark.parametrize("check", [ignores_the_alarm, stops_the_alarm])
def test_a_rule_that_takes_the_alarm_away_does_not_let_the_next_one_hang(check):
    before = signal.getsignal(signal.SIGALRM)
    results = RuleSet([rule(check), rule(spins_for_a_while, "TS02")], limit_seconds=LIMIT).judge(CALL)
    assert [one.result for one in results] == ["clear", "crash"]
    assert signal.getsignal(signal.SIGALRM) == before


def test_two_rules_that_hang_cost_two_outcomes():
    results = RuleSet([rule(spins), rule(sleeps, "TS02")], limit_seconds=LIMIT).judge(CALL)
    assert [one.reason for one in results] == [TOO_LONG] * 2


def test_many_rules_may_take_longer_together_than_one_may():
    def slow(self, call):
        time.sleep(0.4)
        return []

    rules = [rule(slow, f"TS{number:02}") for number in range(4)]
    assert [one.result for one in RuleSet(rules, limit_seconds=1.2).judge(CALL)] == ["clear"] * 4


def test_a_rule_that_hung_on_three_calls_is_tried_on_no_other():
    tried = []

    def hangs(self, call):
        tried.append(call.call_id)
        spins(self, call)

    rules = RuleSet([rule(hangs)], limit_seconds=0.05)
    reasons = [rules.judge(CALL)[0].reason for _ in range(5)]
    assert (
        reasons
        == ["took longer than 0.05 s"] * 3 + ["suspended: it took longer than 0.05 s on 3 calls before this one"] * 2
    )
    assert len(tried) == 3


def test_in_another_thread_a_rule_that_loops_is_ended_too():
    outcomes = []
    fine = rule(lambda self, call: [self.hit(call)], "TS02")
    rules = RuleSet([rule(spins), fine], limit_seconds=LIMIT)
    thread = threading.Thread(target=lambda: outcomes.extend(rules.judge(CALL)))
    thread.start()
    thread.join(30)
    assert [(one.result, one.reason) for one in outcomes] == [("crash", TOO_LONG), ("hit", None)]


def test_threads_at_once_end_each_its_own():
    outcomes = {}

    def judge(name):
        outcomes[name] = RuleSet([rule(spins)], limit_seconds=LIMIT).judge(CALL)[0].reason

    threads = [threading.Thread(target=judge, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes == dict.fromkeys(range(3), TOO_LONG)


class AlarmError(Exception):
    """What the one who set an alarm before us does."""


@pytest.fixture
def alarm():
    """A handler of the test's own, which raises; the alarm is off afterwards."""

    def ring(signum, frame):
        raise AlarmError

    previous = signal.signal(signal.SIGALRM, ring)
    yield ring
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


def test_an_alarm_that_was_set_before_is_put_back_with_what_is_left_of_its_time(alarm):
    signal.setitimer(signal.ITIMER_REAL, 500, 7)
    with AlarmClock(100) as timer:
        timer.run(lambda: time.sleep(0.2))
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert 400 < left < 499.9
    assert interval == 7
    assert signal.getsignal(signal.SIGALRM) is alarm


def test_without_an_alarm_before_there_is_none_afterwards(alarm):
    with AlarmClock(100) as timer:
        timer.run(lambda: None)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is alarm


def test_an_alarm_that_was_due_meanwhile_fires_right_after(alarm):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    done = []
    with pytest.raises(AlarmError), AlarmClock(100) as timer:
        timer.run(lambda: done.append(time.sleep(0.1))) or timer.run(lambda: done.append(time.sleep(0.1)))
    assert len(done) == 1
    assert signal.getsignal(signal.SIGALRM) is alarm


def test_an_alarm_that_was_due_during_the_last_piece_fires_at_the_end(alarm):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    done = []
    with pytest.raises(AlarmError):
        once_and_wait(lambda: done.append(time.sleep(0.1)))
    assert len(done) == 1


def once_and_wait(work):
    with AlarmClock(100) as timer:
        timer.run(work)
    time.sleep(30)


def test_a_clock_within_a_clock_leaves_the_outer_one_at_work():
    inner = rule(spins)

    def judges(self, call):
        assert RuleSet([inner], limit_seconds=0.05).judge(call)[0].result == "crash"
        spins(self, call)

    assert RuleSet([rule(judges)], limit_seconds=0.3).judge(CALL)[0].reason == "took longer than 0.3 s"


@pytest.mark.parametrize("kind", [AlarmClock, ThreadClock])
def test_what_ends_in_time_is_not_disturbed_whatever_comes_after(kind):
    with kind(1.0) as timer:
        assert timer.run(lambda: 3) == 3
        time.sleep(1.2)
        assert timer.run(lambda: 4) == 4


@pytest.mark.parametrize("kind", [AlarmClock, ThreadClock])
def test_a_moment_after_time_is_up_the_next_piece_has_its_whole_time(kind):
    with kind(1.0) as timer:
        for _ in range(2):
            with pytest.raises(TimeUp):
                timer.run(lambda: spins(None, None))
            assert timer.run(lambda: time.sleep(0.3) or 5) == 5


@pytest.mark.parametrize("kind", [AlarmClock, ThreadClock])
def test_an_error_of_the_work_comes_through(kind):
    with kind(5) as timer, pytest.raises(KeyError):
        timer.run(lambda: {}["x"])


def test_the_main_thread_has_an_alarm_and_others_have_none():
    kinds = [type(clock(1))]
    thread = threading.Thread(target=lambda: kinds.append(type(clock(1))))
    thread.start()
    thread.join()
    assert kinds == [AlarmClock, ThreadClock]


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_limit_that_is_none_is_refused(seconds):
    with pytest.raises(ValueError, match="limit_seconds"):
        RuleSet([], limit_seconds=seconds)
