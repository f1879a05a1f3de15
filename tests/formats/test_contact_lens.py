from __future__ import annotations

import json

import jsonschema
import pytest

MILLIS = {"type": "integer", "minimum": 0}
OFFSETS = {
    "type": "object",
    "required": ["BeginOffsetMillis", "EndOffsetMillis"],
    "properties": {"BeginOffsetMillis": MILLIS, "EndOffsetMillis": MILLIS, "DurationMillis": MILLIS},
    "additionalProperties": False,
}
SUBSET = {
    "type": "object",
    "required": ["Version", "Channel", "ContentMetadata", "JobStatus", "CustomerMetadata", "Participants", "Categories",
                 "ConversationCharacteristics", "Transcript"],
    "additionalProperties": False,
    "properties": {
        "Version": {"const": "1.1.0"},
        "Channel": {"const": "VOICE"},
        "ContentMetadata": {"const": {"Output": "Redacted", "RedactionTypes": ["PII"]}},
        "JobStatus": {"const": "COMPLETED"},
        "LanguageCode": {"enum": ["zh", "en", "yue", "ja", "ko"]},
        "CustomerMetadata": {"type": "object", "required": ["ContactId"]},
        "Participants": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ParticipantId"],
                "properties": {"ParticipantId": {"type": "string"},
                               "ParticipantRole": {"enum": ["AGENT", "CUSTOMER", "SYSTEM"]}},
                "additionalProperties": False,
            },
        },
        "Categories": {
            "type": "object",
            "required": ["MatchedCategories", "MatchedDetails"],
            "properties": {
                "MatchedCategories": {"type": "array", "items": {"type": "string"}},
                "MatchedDetails": {
                    "additionalProperties": {
                        "type": "object",
                        "required": ["PointsOfInterest"],
                        "properties": {"PointsOfInterest": {"type": "array", "items": OFFSETS}},
                    }
                },
            },
        },
        "ConversationCharacteristics": {
            "type": "object",
            "required": ["Interruptions", "TalkTime"],
            "properties": {
                "TotalConversationDurationMillis": MILLIS,
                "Interruptions": {
                    "required": ["InterruptionsByInterrupter", "TotalCount", "TotalTimeMillis"],
                    "properties": {
                        "InterruptionsByInterrupter": {"additionalProperties": {"type": "array", "items": OFFSETS}}
                    },
                },
                "NonTalkTime": {"properties": {"TotalTimeMillis": MILLIS, "Instances": {"items": OFFSETS}}},
                "TalkTime": {"required": ["TotalTimeMillis", "DetailsByParticipant"]},
            },
            "additionalProperties": False,
        },
        "Transcript": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["Id", "ParticipantId", "Content", "BeginOffsetMillis", "EndOffsetMillis"],
                "properties": {
                    "Id": {"type": "string"},
                    "ParticipantId": {"type": "string"},
                    "Content": {"type": "string"},
                    "BeginOffsetMillis": MILLIS,
                    "EndOffsetMillis": MILLIS,
                    "Sentiment": {"enum": ["POSITIVE", "NEUTRAL", "NEGATIVE"]},
                    "Redaction": {
                        "required": ["RedactedTimestamps"],
                        "properties": {"RedactedTimestamps": {"type": "array", "minItems": 1, "items": OFFSETS}},
                    },
                },
                "additionalProperties": False,
            },
        },
    },
}  # fmt: skip
"""The declared subset: these names and types, in the places of AWS's example, and nothing else."""


@pytest.fixture(scope="module")
def calls(archive, tmp_path_factory):
    folder, made = archive.export("contact-lens", tmp_path_factory.mktemp("lens"))
    lines = (folder / "calls.contact-lens.jsonl").read_text(encoding="utf-8").splitlines()
    assert made["files"] == {"calls.contact-lens.jsonl": len(lines)}
    return {call["CustomerMetadata"]["ContactId"]: call for call in map(json.loads, lines)}


def test_every_call_that_was_heard_is_of_the_declared_subset(calls):
    assert list(calls) == ["c-000", "c-001", "c-002", "c-003", "c-004"]
    for call in calls.values():
        jsonschema.validate(call, SUBSET)


def test_turns_have_their_speaker_words_and_times(calls):
    turns = calls["c-000"]["Transcript"]
    assert [turn["ParticipantId"] for turn in turns] == ["AGENT", "CUSTOMER", "channel 0", "SYSTEM"]
    assert turns[1] == {
        "Id": "c-000-1",
        "ParticipantId": "CUSTOMER",
        "Content": "我要投诉\n马上",
        "BeginOffsetMillis": 8000,
        "EndOffsetMillis": 14000,
        "Sentiment": "NEGATIVE",
        "Redaction": {"RedactedTimestamps": [{"BeginOffsetMillis": 10000, "EndOffsetMillis": 11000}]},
    }


def test_a_sentiment_only_where_the_emotion_is_good_or_bad_or_neither(calls):
    said = calls["c-000"]["Transcript"]
    assert [turn.get("Sentiment") for turn in said] == ["NEUTRAL", "NEGATIVE", None, "POSITIVE"]


def test_a_speaker_whose_role_is_unknown_has_none(calls):
    assert calls["c-000"]["Participants"] == [
        {"ParticipantId": "AGENT", "ParticipantRole": "AGENT"},
        {"ParticipantId": "CUSTOMER", "ParticipantRole": "CUSTOMER"},
        {"ParticipantId": "SYSTEM", "ParticipantRole": "SYSTEM"},
        {"ParticipantId": "channel 0"},
    ]


def test_rules_that_hit_are_categories_with_their_evidence(calls):
    assert calls["c-000"]["Categories"] == {
        "MatchedCategories": ["HR01"],
        "MatchedDetails": {
            "HR01": {
                "PointsOfInterest": [
                    {"BeginOffsetMillis": 68000, "EndOffsetMillis": 70000},
                    {"BeginOffsetMillis": 0, "EndOffsetMillis": 80000},
                ]
            }
        },
    }


def test_times_of_the_whole_call_follow_from_its_turns(calls):
    measured = calls["c-000"]["ConversationCharacteristics"]
    assert measured["TotalConversationDurationMillis"] == 60000
    overlap = {"BeginOffsetMillis": 8000, "EndOffsetMillis": 9000, "DurationMillis": 1000}
    assert measured["Interruptions"] == {
        "InterruptionsByInterrupter": {"CUSTOMER": [overlap]}, "TotalCount": 1, "TotalTimeMillis": 1000,
    }  # fmt: skip
    assert measured["TalkTime"] == {
        "TotalTimeMillis": 12000,
        "DetailsByParticipant": {
            "AGENT": {"TotalTimeMillis": 4000},
            "CUSTOMER": {"TotalTimeMillis": 6000},
            "SYSTEM": {"TotalTimeMillis": 1000},
            "channel 0": {"TotalTimeMillis": 1000},
        },
    }
    pauses = [(one["BeginOffsetMillis"], one["EndOffsetMillis"]) for one in measured["NonTalkTime"]["Instances"]]
    assert pauses == [(0, 5000), (14000, 20000), (22000, 60000)]
    assert measured["NonTalkTime"]["TotalTimeMillis"] == 49000


def test_what_nobody_knows_is_not_made_up(calls):
    assert {"AccountId", "CustomModels", "JobDetails"}.isdisjoint(calls["c-000"])
    assert {"Sentiment", "TalkSpeed", "ContactSummary"}.isdisjoint(calls["c-000"]["ConversationCharacteristics"])
    assert "InputS3Uri" not in calls["c-000"]["CustomerMetadata"]


def test_a_file_a_call(archive, calls, tmp_path):
    folder, made = archive.export("contact-lens", tmp_path, a_file_a_call=True)
    assert made["files"] == {"*.contact-lens.json": 5}
    for call_id, call in calls.items():
        assert json.loads((folder / f"{call_id}.contact-lens.json").read_text(encoding="utf-8")) == call
