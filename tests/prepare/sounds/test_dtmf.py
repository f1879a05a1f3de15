import numpy as np
import pytest
import soundfile

from callqa.prepare.sounds.dtmf import COLUMNS, KEYS, ROWS, dtmf_of, presses_of
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import RATE, g711, int16, noise, silence, sine, tone, voicelike

ALL = [(row, column) for row in range(4) for column in range(4)]


def key(row: int, column: int, seconds: float = 0.08, off: float = 1.0, twist: float = 1.0, rate: int = RATE):
    low, high = sine(ROWS[row] * off, seconds, 0.1, rate), sine(COLUMNS[column] * off, seconds, 0.1 * twist, rate)
    return np.concatenate([low + high, silence(0.08, rate)])


def digits(samples, rate=RATE) -> str:
    return "".join(press.digit for press in presses_of(samples, rate))


@pytest.mark.parametrize("law", ["ALAW", "ULAW", "GSM610"])
def test_all_sixteen_keys_are_told_apart(law):
    assert digits(g711(np.concatenate([key(*k) for k in ALL]), law)) == "".join(KEYS)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_keys_are_found_at_any_rate(rate):
    assert digits(int16(np.concatenate([key(*k, rate=rate) for k in ALL[:5]])), rate) == "123A4"


@pytest.mark.parametrize("off", [0.986, 1.014])
@pytest.mark.parametrize("twist", [0.63, 1.58])
def test_keys_may_be_off_and_uneven_as_far_as_the_standard_lets_them(off, twist):
    audio = np.concatenate([key(*k, off=off, twist=twist) for k in ALL])
    assert digits(g711(audio + noise(len(audio) / RATE, -37)[: len(audio)])) == "".join(KEYS)


def test_a_press_knows_its_time_and_keeps_its_digit_to_itself():
    (press,) = presses_of(int16(np.concatenate([silence(1), key(0, 1, 0.2)])), RATE)
    assert (press.start, press.end) == (pytest.approx(1, abs=0.02), pytest.approx(1.2, abs=0.02))
    assert press.digit == "2"
    assert "2'" not in repr(press)
    assert "digit" not in repr(press)


def test_what_goes_into_the_tables_has_no_digit():
    (found,) = dtmf_of(int16(np.concatenate([silence(1), key(1, 1, 0.2)])), RATE)
    assert found.kind == "dtmf"
    assert found.hertz == ()
    assert found.cadence == ()
    assert not hasattr(found, "digit")


def test_the_same_key_twice_is_two_presses():
    assert digits(int16(np.concatenate([key(0, 0), key(0, 0)]))) == "11"


@pytest.mark.parametrize(
    "audio",
    [
        pytest.param(key(0, 0, 0.02), id="too short"),
        pytest.param(key(0, 0, 0.1, off=1.05), id="too far off"),
        pytest.param(key(0, 0, 0.1, twist=0.1), id="one frequency only"),
        pytest.param(sine(697, 1) + sine(770, 1), id="two rows"),
        pytest.param(sine(697, 1) + sine(1209, 1) + sine(1477, 1), id="three frequencies"),
        pytest.param(tone("busy", 6), id="busy"),
        pytest.param(sine(950, 1), id="howler"),
        pytest.param(noise(20, -20), id="noise"),
        pytest.param(silence(0), id="nothing"),
        *(pytest.param(voicelike(20, seed), id=f"voice-{seed}") for seed in range(4)),
    ],
)
def test_what_is_no_key_is_none(audio):
    assert presses_of(g711(audio), RATE) == []


def test_the_speech_of_the_demo_calls_presses_no_key():
    for name in sorted(DEMO_CALLS.glob("2026-01-05/*.wav")):
        if name.stat().st_size:
            samples, rate = soundfile.read(name, dtype="int16", always_2d=True)
            assert [presses_of(np.ascontiguousarray(channel), rate) for channel in samples.T] == [[]] * samples.shape[1]
