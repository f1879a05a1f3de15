"""Who is the agent: what each speaker says, scored by phrases; roles, their probability, and swapped channels.

The score is a log-odds: the weights of the cues (`role_phrases`) that a speaker's words hold, of one speaker less
those of the other, and a little for who speaks first. It reads words only: it knows no voices, no sexes, no accents.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from callqa.contracts import Prepared, Turn
from callqa.parse.normalise import normalised
from callqa.parse.roles.near import Phrase, said
from callqa.parse.roles.phrases import CUES
from callqa.settings import RoleSettings

COMPANY_WEIGHT = 4.0
"""Of the settings' own agent_phrases: nobody else says them."""
NEARLY = 0.6
"""What a phrase counts that was recognised with a wrong character or two, of its weight."""
MOST_EVIDENCE = 6.0
"""Sums of weights beyond it count no more: cues of one conversation are not independent."""
FIRST = {"inbound": 1.0, "outbound": -0.5, "unknown": 0.3}
"""For the agent is who speaks first: agents answer inbound calls, customers answer outbound ones (their 喂 is often
cut off or missed, so it says less)."""
LEAST_EVIDENCE = 1.0
"""Of cues, below which words say nothing: who spoke first is no evidence by itself."""
CONTRADICTION = 2.0
"""Evidence in one turn against its speaker's role from which on the turn's role is unknown."""
SCALE = 1.4
"""Log-odds are the sum of evidence over this, because cues come together: one cue of weight 2 by itself is a
probability of 0.81, one of weight 3 of 0.89. See docs/roles.md."""
SURE = 0.99
"""No probability is higher: hand-set weights cannot tell 0.99 from 0.9999."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """Who is who in a call."""

    roles: dict[str, str]
    """Role by speaker (`ch0`, `ch0.s1` …)."""
    probabilities: dict[str, float]
    """That a speaker's role is right, where words told it; none for `unknown`."""
    roles_from: str | None
    """`channels`, `speech` or None, as in Prepared."""
    roles_probability: float | None
    channels_swapped: bool | None


def decide(recording: Prepared, turns: Sequence[Turn], settings: RoleSettings) -> Decision:
    """The roles of a call's speakers.

    Where the channels say (`turn.role` is known for some turn), the roles stay, and words only give a probability
    that they are right and whether the channels are swapped. Where nobody said, words decide between the two who
    speak most; a third speaker is told by what it says alone.

    Args:
        recording: of which the direction matters.
        turns: in time order, not yet masked, with the roles that their channels give them.
        settings: `min_probability`, below which nobody's role is known; `agent_phrases`.
    """
    if any(turn.role != "unknown" for turn in turns):
        return _checked(recording, turns, settings)
    return _told(recording, turns, settings)


def assigned(recording: Prepared, turns: Sequence[Turn], settings: RoleSettings) -> tuple[Prepared, list[Turn]]:
    """A recording and its turns with their roles, as `decide` tells them."""
    decision = decide(recording, turns, settings)
    return told(recording, decision), with_roles(turns, decision)


def with_roles(turns: Iterable[Turn], decision: Decision) -> list[Turn]:
    """The turns with the roles decided.

    Where the roles come from speech, a turn whose own words contradict its speaker's role is `unknown`: voices are
    not always told apart, and what was said is the stronger witness.
    """
    return [_with_role(turn, decision) for turn in turns]


def _with_role(turn: Turn, decision: Decision) -> Turn:
    role = decision.roles.get(turn.speaker, "unknown")
    if decision.roles_from == "speech" and role != "unknown" and _contradicts(turn, role):
        return dataclasses.replace(turn, role="unknown", role_probability=None)
    return dataclasses.replace(turn, role=role, role_probability=decision.probabilities.get(turn.speaker))


def _contradicts(turn: Turn, role: str) -> bool:
    says = evidence(_texts([turn]))
    return (says if role == "customer" else -says) >= CONTRADICTION


def told(recording: Prepared, decision: Decision) -> Prepared:
    """The recording with what is known of its roles."""
    return dataclasses.replace(
        recording,
        roles_from=decision.roles_from,
        roles_probability=decision.roles_probability,
        channels_swapped=decision.channels_swapped,
    )


def evidence(texts: Iterable[str], agent_phrases: Sequence[str] = ()) -> float:
    """What the words of one speaker say: the sum of the weights of the cues in them, at most MOST_EVIDENCE either way.

    Positive for an agent. A cue counts once, NEARLY of it where no phrase of it was recognised exactly.

    Args:
        texts: of the speaker's turns, as `normalised` makes them.
        agent_phrases: of the settings.
    """
    joined = "\n".join(Phrase.plain(text) for text in texts)
    # In both spellings: Chinese turns are simplified before they are matched, Japanese ones are not.
    own = [{Phrase.of(normalised(phrase, language).text) for language in ("zh", "ja")} for phrase in agent_phrases]
    cues = [(COMPANY_WEIGHT, tuple(spellings)) for spellings in own] + _CUES
    total = sum(weight * _share(joined, phrases) for weight, phrases in cues)
    return max(-MOST_EVIDENCE, min(MOST_EVIDENCE, total))


_CUES = [(cue.weight, tuple(Phrase.of(phrase) for phrase in cue.phrases)) for cue in CUES]


def _share(text: str, phrases: Sequence[Phrase]) -> float:
    if any(phrase.plain_text in text for phrase in phrases):
        return 1.0
    return NEARLY if any(said(phrase, text) for phrase in phrases) else 0.0


def _told(recording: Prepared, turns: Sequence[Turn], settings: RoleSettings) -> Decision:
    """Roles by what was said, between the two speakers of most seconds."""
    scores = _scores(turns, settings)
    seconds = {speaker: sum(t.end - t.start for t in turns if t.speaker == speaker) for speaker in scores}
    main = sorted(scores, key=lambda speaker: (-seconds[speaker], speaker))[:2]
    if len(main) < 2 or max(abs(scores[speaker]) for speaker in main) < LEAST_EVIDENCE:
        return _unknown(scores)
    odds = scores[main[0]] - scores[main[1]] + _first(recording, turns, main)
    agent, customer = main if odds >= 0 else main[::-1]
    probability = _probability(abs(odds))
    if probability < settings.min_probability:
        return _unknown(scores)
    roles = {agent: "agent", customer: "customer"}
    others = {speaker: _alone(score, settings) for speaker, score in scores.items() if speaker not in roles}
    return Decision(
        roles={**roles, **{speaker: role for speaker, (role, _) in others.items()}},
        probabilities={
            **dict.fromkeys(roles, probability),
            **{speaker: known for speaker, (role, known) in others.items() if role != "unknown"},
        },
        roles_from="speech",
        roles_probability=probability,
        channels_swapped=None,
    )


def _checked(recording: Prepared, turns: Sequence[Turn], settings: RoleSettings) -> Decision:
    """The roles that the channels gave, and what the words say of them."""
    roles = {turn.speaker: turn.role for turn in turns}
    probability = _of_map(recording, turns, settings)
    swapped = None
    if probability is not None and max(probability, 1 - probability) >= settings.min_probability:
        swapped = probability < 0.5
    return Decision(
        roles=roles, probabilities={}, roles_from="channels", roles_probability=probability, channels_swapped=swapped
    )


def _of_map(recording: Prepared, turns: Sequence[Turn], settings: RoleSettings) -> float | None:
    """Probability that the map of channels is right; None where it is not one agent against one customer, or where
    what was said says nothing."""
    by_role = {role: [turn for turn in turns if turn.role == role] for role in ("agent", "customer")}
    if not all(by_role.values()):
        return None
    scores = {role: evidence(_texts(own), settings.agent_phrases) for role, own in by_role.items()}
    if max(abs(score) for score in scores.values()) < LEAST_EVIDENCE:
        return None
    first = FIRST.get(recording.direction, FIRST["unknown"])
    spoken_first = min((own[0].start, role) for role, own in by_role.items())[1]
    return _probability(scores["agent"] - scores["customer"] + (first if spoken_first == "agent" else -first))


def _scores(turns: Sequence[Turn], settings: RoleSettings) -> dict[str, float]:
    speakers = dict.fromkeys(turn.speaker for turn in turns)
    return {
        speaker: evidence(_texts([turn for turn in turns if turn.speaker == speaker]), settings.agent_phrases)
        for speaker in speakers
    }


def _texts(turns: Iterable[Turn]) -> list[str]:
    return [normalised(turn.text, turn.language).text for turn in turns]


def _first(recording: Prepared, turns: Sequence[Turn], main: Sequence[str]) -> float:
    """For `main[0]` is the agent: who of the two speaks first."""
    value = FIRST.get(recording.direction, FIRST["unknown"])
    first = next(turn.speaker for turn in turns if turn.speaker in main)
    return value if first == main[0] else -value


def _alone(score: float, settings: RoleSettings) -> tuple[str, float]:
    """The role of somebody by its own words, and its probability."""
    probability = _probability(abs(score))
    if probability < settings.min_probability:
        return "unknown", probability
    return ("agent" if score > 0 else "customer"), probability


def _probability(odds: float) -> float:
    return round(min(SURE, max(1 - SURE, 1 / (1 + math.exp(-odds / SCALE)))), 4)


def _unknown(speakers: Iterable[str]) -> Decision:
    return Decision(
        roles=dict.fromkeys(speakers, "unknown"),
        probabilities={},
        roles_from=None,
        roles_probability=None,
        channels_swapped=None,
    )
