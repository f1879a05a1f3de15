"""The operators that come with the kit. Packs add theirs with `register_operators`."""

from __future__ import annotations

from qc_rules.operators.absent import Absent
from qc_rules.operators.base import Operator
from qc_rules.operators.call_state import CallState
from qc_rules.operators.duration import Duration
from qc_rules.operators.echo import Echo
from qc_rules.operators.emotion import Emotion
from qc_rules.operators.emotion_shift import EmotionShift
from qc_rules.operators.entity import Entity
from qc_rules.operators.event import Event
from qc_rules.operators.hang_up import HangUp
from qc_rules.operators.hold import Hold
from qc_rules.operators.interruption import Interruption
from qc_rules.operators.keyword import Keyword
from qc_rules.operators.language import Language
from qc_rules.operators.loudness import Loudness
from qc_rules.operators.metadata import Metadata
from qc_rules.operators.non_talk import NonTalk
from qc_rules.operators.number_said import NumberSaid
from qc_rules.operators.proximity import Proximity
from qc_rules.operators.question_answer import QuestionAnswer
from qc_rules.operators.regex import Regex
from qc_rules.operators.repeat import Repeat
from qc_rules.operators.response_latency import ResponseLatency
from qc_rules.operators.sensitive_words import SensitiveWords
from qc_rules.operators.sequence import Sequence
from qc_rules.operators.silence import Silence
from qc_rules.operators.similar import Similar
from qc_rules.operators.speech_rate import SpeechRate
from qc_rules.operators.talk_ratio import TalkRatio
from qc_rules.operators.tone import Tone
from qc_rules.operators.turn_count import TurnCount

BUILT_IN: tuple[type[Operator], ...] = (
    Absent,
    CallState,
    Duration,
    Echo,
    Emotion,
    EmotionShift,
    Entity,
    Event,
    HangUp,
    Hold,
    Interruption,
    Keyword,
    Language,
    Loudness,
    Metadata,
    NonTalk,
    NumberSaid,
    Proximity,
    QuestionAnswer,
    Regex,
    Repeat,
    ResponseLatency,
    SensitiveWords,
    Sequence,
    Silence,
    Similar,
    SpeechRate,
    TalkRatio,
    Tone,
    TurnCount,
)
"""Every operator that can be used without installing a pack."""
