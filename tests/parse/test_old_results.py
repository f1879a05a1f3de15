import pytest

from callqa.parse.emoji import EMOTIONS, EVENTS, decorate
from callqa.parse.old_results import read


def test_an_old_result_gives_text_emotion_and_events():
    parsed = read("🎼😀您好,感谢您的来电!😊")
    assert (parsed.text, parsed.emotion, parsed.events) == ("您好,感谢您的来电!", "happy", ["bgm", "laughter"])
    assert parsed.language == "unknown"


def test_no_speech_has_a_sign_of_its_own():
    assert read("❓").language == "nospeech"


def test_other_emoji_are_text():
    assert read("📞您好").text == "📞您好"


def test_without_a_sign_the_emotion_is_unknown_not_neutral():
    assert read("您好").emotion == "unknown"


@pytest.mark.parametrize("sign", ["🤧", "😷"])
def test_both_signs_of_a_cough_are_a_cough(sign):
    assert read(f"{sign}您好").events == ["cough"]


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_that_is_shown_is_read_back(emotion):
    assert read(decorate("您好", emotion, [])).emotion == emotion


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "sneeze"])
def test_every_event_but_the_sneeze_is_read_back(event):
    parsed = read(decorate("您好", "neutral", [event]))
    assert (parsed.text, parsed.events) == ("您好", [event])


def test_a_sign_is_shown_once():
    assert decorate("您好", "sad", ["cough", "sneeze", "bgm", "speech"]) == "🤧🎼您好😔"
