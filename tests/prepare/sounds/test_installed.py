"""Detectors of rule packs hear every recording; one that fails costs its own events only."""

import sys

import numpy as np
import pytest

from callqa.contracts import Prepared
from callqa.errors import RulePackError
from callqa.judge.building import build
from callqa.judge.loading import active_rules
from callqa.prepare.sounds import installed
from callqa.settings import RuleSettings
from qc_rules import RuleSet
from tests.prepare.signals import noise, silence, write
from tests.prepare.test_stage import Bench, recording
from tests.qc_rules.conftest import Site

YAWNS = """
    import time

    import numpy as np
    from qc_rules import Detector, hookimpl

    class Bursts(Detector):
        '''Loud bursts of half a second and more, which pass for yawns.'''
        name = "acme_yawns"
        version = "{version}"
        classes = ("yawn",)

        def detect(self, samples, sample_rate):
            {body}
            step = sample_rate // 10
            frames = np.asarray(samples)[: len(samples) // step * step].reshape(-1, step)
            loud = (np.abs(frames.astype(float)).mean(axis=1) > 1000).astype(int)
            edges = np.flatnonzero(np.diff(np.concatenate(([0], loud, [0])))).reshape(-1, 2)
            for first, last in edges:
                if last - first >= 5:
                    yield first / 10, last / 10, "yawn", 0.9

    @hookimpl
    def register_detectors():
        return [Bursts]
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield Site(folder)
    for module in [name for name in sys.modules if name.startswith("pack_")]:
        del sys.modules[module]


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def path(tmp_path):
    """A recording of twelve seconds whose agent (channel 0) is loud from 2 to 3 and from 7 to 8."""
    agent = np.concatenate([silence(2), noise(1, -15), silence(4), noise(1, -15), silence(4)])
    return write(tmp_path / "a.wav", [agent, silence(12)])


def wellbeing(row, events):
    """How the rule on coughs and yawns ends on what prepare made of a recording in which nobody speaks."""
    rules = [active for active in active_rules(RuleSettings()) if active.rule.id == "AW01"]
    [outcome] = RuleSet(rules).judge(build(row, [], events))
    return outcome


def test_a_packs_detector_is_heard_and_the_rule_on_yawns_is_told(bench, path, site):
    site.install("acme", YAWNS.format(version="7", body="pass"))
    bench.run(recording(path))
    [row] = bench.prepared()
    events = [event for event in bench.events() if event.class_ == "yawn"]
    assert [(event.channel, event.start, event.end, event.score) for event in events] == [
        (0, 2.0, 3.0, 0.9),
        (0, 7.0, 8.0, 0.9),
    ]
    assert {(event.detector, event.version) for event in events} == {("acme_yawns", "7")}
    assert row.event_classes == {"yawn": True}
    assert wellbeing(row, events).result == "hit"
    assert wellbeing(row, events[:1]).result == "clear"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise OSError('no model')", "OSError: no model"),
        ("raise SystemExit(1)", "SystemExit: 1"),
        ("raise __import__('asyncio').CancelledError", "CancelledError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("samples[0] = 1", "ValueError: assignment destination is read-only"),
        ("yield 1.0, 2.0, 'sneeze', None", "it reports 'sneeze', which is not among its classes yawn"),
        ("yield 5.0, 40.0, 'yawn', None", "it reports yawn from 5 to 40 s of a recording of 12 s"),
        ("yield 2.0, 2.0, 'yawn', None", "from 2 to 2 s"),
        ("yield -1.0, 2.0, 'yawn', None", "from -1 to 2 s"),
        ("yield float('nan'), 2.0, 'yawn', None", "from nan to 2 s"),
        ("yield 1.0, 2.0, 'yawn', 3", "with a score of 3, which is not from 0 to 1"),
        ("yield 1.0, 2.0", "ValueError"),
        ("yield None", "TypeError"),
    ],
)
def test_a_detector_that_fails_costs_its_own_events_and_its_rules_are_unknown(site, body, said):
    site.install("acme", YAWNS.format(version="1", body=body))
    sounds = heard(audio(12))
    assert (sounds.events, sounds.classes) == ((), {"yawn": False})
    assert sounds.faults[0].startswith("rule pack acme (qc-rules-acme 1.0): detector acme_yawns 1: ")
    assert said in sounds.faults[0]


def test_a_recording_is_prepared_though_a_detector_fails_and_the_failure_is_logged(bench, path, site, caplog):
    site.install("acme", YAWNS.format(version="1", body="raise OSError('no model yet')"))
    assert [bench.run(recording(path))["counts"]["cached"] for _ in range(2)] == [0, 0]  # tried again in the next run
    [row] = bench.prepared()
    assert (row.reject_reason, row.event_classes) == (None, {"yawn": False})
    assert wellbeing(row, bench.events()).result == "unknown"
    assert "detector acme_yawns 1: OSError: no model yet" in caplog.text


def test_a_detector_that_hangs_is_ended(site, path, monkeypatch):
    site.install("acme", YAWNS.format(version="1", body="time.sleep(60)"))
    monkeypatch.setattr(installed, "SECONDS", 0.1)
    monkeypatch.setattr(installed, "SECONDS_A_SECOND", 0.0)
    sounds = heard(audio(12))
    assert (sounds.events, sounds.classes) == ((), {"yawn": False})
    assert "takes longer than 0.1 s for a channel" in sounds.faults[0]


def audio(seconds, rate=8000, channels=2):
    return installed.Audio(channels=[np.zeros(seconds * rate, np.int16)] * channels, rate=rate, codec="pcm_s16le")


def test_one_that_fails_takes_its_classes_along_though_another_reports_them_too(site):
    site.install("acme", YAWNS.format(version="1", body="pass"))
    site.install(
        "other",
        YAWNS.replace("acme_yawns", "others")
        .replace('("yawn",)', '("yawn", "hiccup")')
        .format(version="1", body="raise OSError"),
    )
    site.install(
        "third",
        YAWNS.replace("acme_yawns", "third").replace('("yawn",)', '("snore",)').format(version="1", body="return"),
    )
    assert heard(audio(2)).classes == {"hiccup": False, "snore": True, "yawn": False}


def test_a_known_class_whose_detector_failed_is_not_clear_either():
    row = Prepared(**vars(recording("a.wav")), duration=9.0, event_classes={"cough": False, "yawn": True})
    detected = build(row, [], []).event_classes
    assert "yawn" in detected
    assert "cough" not in detected
    assert "laughter" in detected


def test_what_a_detector_hears_is_remembered_until_it_has_another_version(bench, path, site):
    bench.run(recording(path))
    [without] = bench.prepared()
    assert without.event_classes == {}
    assert wellbeing(without, bench.events()).result == "unknown"
    site.install("acme", YAWNS.format(version="1", body="pass"))
    assert [bench.run(recording(path))["counts"]["cached"] for _ in range(2)] == [0, 1]
    assert len([event for event in bench.events() if event.class_ == "yawn"]) == 2
    [with_one] = bench.prepared()
    assert without.audio_version != with_one.audio_version


def test_detectors_are_known_by_name_version_and_classes(site):
    assert installed.identities() == ()
    site.install("acme", YAWNS.format(version="1", body="pass"))
    assert installed.identities() == (("acme_yawns", "1", ("yawn",)),)


def test_detectors_that_changed_during_a_run_are_refused(site):
    site.install("acme", YAWNS.format(version="2", body="pass"))
    with pytest.raises(RulePackError, match="have changed since the run began"):
        installed.sounds_of(audio(1), (("acme_yawns", "1", ("yawn",)),))


def heard(one):
    return installed.sounds_of(one, installed.identities())


def test_a_pack_that_cannot_be_imported_stops_the_stage(bench, path, site):
    site.install("broken", "import a_module_that_nobody_has\n")
    with pytest.raises(RulePackError, match=r"rule pack broken .*a_module_that_nobody_has"):
        bench.run(recording(path))


def test_an_event_that_ends_with_a_rounding_error_after_the_recording_ends_with_it(site):
    site.install("acme", YAWNS.format(version="1", body="yield 1.0, 2.05, 'yawn', None"))
    [event, other] = heard(audio(2)).events
    assert (event["end"], event["channel"], other["channel"]) == (2.0, 0, 1)
