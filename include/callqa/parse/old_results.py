"""Old results read in: text with emoji where tags should be.

Emoji lose information. FunASR writes nothing for neutral, breath and sing, and one sign for cough and sneeze (later
versions have 😷 for a cough in one of two tables). So what comes out is less than was heard: 🤧 is taken for a cough,
which in calls it nearly always is; ❓ for `nospeech` without an event; 😀 for the event laughter, not for a happy
speaker; and a text without an emotion's emoji has the emotion `unknown`, because neutral and unknown look alike.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

from callqa.parse.emoji import EMOTIONS, EVENTS
from callqa.parse.tags import UNKNOWN, Group, Parsed, reportable

NO_SPEECH = "❓"

_EMOTION_OF = {sign: name for name, sign in EMOTIONS.items()}
_EVENT_OF = {sign: name for name, sign in EVENTS.items()} | {"🤧": "cough", "😷": "cough"}


def read(text: str) -> Parsed:
    """An old result's text, emotion and events; what cannot be known is `unknown` (see the module).

    Characters that are no sign of SenseVoice's, other emoji too, stay in the text. The emotion is the one found most
    often, on a tie the first.
    """
    emotions = Counter(_EMOTION_OF[character] for character in text if character in _EMOTION_OF)
    events = [_EVENT_OF[character] for character in text if character in _EVENT_OF]
    words = "".join(character for character in text if not _is_sign(character))
    group = Group(
        language="nospeech" if NO_SPEECH in text else UNKNOWN,
        emotion=emotions.most_common(1)[0][0] if emotions else UNKNOWN,
        events=events,
        text=unicodedata.normalize("NFC", words).strip(),
    )
    return Parsed(
        text=group.text,
        language=group.language or UNKNOWN,
        emotion=group.emotion or UNKNOWN,
        events=reportable(events),
        groups=[group],
        unknown=Counter(),
    )


def _is_sign(character: str) -> bool:
    return character in _EMOTION_OF or character in _EVENT_OF or character == NO_SPEECH
