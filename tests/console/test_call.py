"""A call's page: what is on it, its files, and playing it in a real browser."""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
import re
from pathlib import Path

import pytest
import soundfile

from callqa.contracts import Evidence, Word
from qa_console.access import Person, Role
from qa_console.pages import _documents, _explained, _transcript
from qa_console.pages._transcript import Heard, Piece, Said
from tests import rows
from tests.conftest import DEMO_CALLS
from tests.console.conftest import LOOKS, accessible, own_page

DAY = "/callqa/calls/2026-01-05"
RISK = f"{DAY}/20260105-091530-a2"
MASKED = f"{DAY}/20260105-102040-a7"
INVALID = f"{DAY}/20260105-101500-a6"
REJECTED = f"{DAY}/20260105-113000-a10"


def kept(lake):
    """The last line of the audit trail."""
    files = sorted((Path(lake) / "audit").glob("*.jsonl"))
    return json.loads(files[-1].read_text(encoding="utf-8").splitlines()[-1])


class TestTranscript:
    def test_the_pieces_are_the_whole_text_and_its_words_have_their_times(self):
        words = [
            Word(text="退", start=1.0, end=1.2, confidence=0.9),
            Word(text="款。", start=1.2, end=1.5, confidence=0.5),
        ]
        turn = rows.turn("c1", text="我要退款。谢谢", words=words, redactions=[])
        found = list(_transcript.pieces(turn))
        assert "".join(piece.text for piece in found) == turn.text
        assert [(piece.text, piece.start, piece.low) for piece in found] == [
            ("我要", None, ""), ("退", 1.0, ""), ("款。", 1.2, "very low"), ("谢谢", None, ""),
        ]  # fmt: skip

    def test_a_turn_without_words_is_one_piece_that_can_be_played(self):
        turn = rows.turn("c1", 1, text="我要退款。", words=[], redactions=[])
        assert list(_transcript.pieces(turn)) == [Piece("我要退款。", 10.0)]

    def test_words_that_do_not_stand_in_the_text_are_left_out(self):
        words = [
            Word(text="x", start=0.0, end=0.1, confidence=1.0),
            Word(text="退", start=1.0, end=1.2, confidence=1.0),
        ]
        found = list(_transcript.pieces(rows.turn("c1", words=words, redactions=[])))
        assert [(piece.text, piece.start) for piece in found] == [("我要", None), ("退", 1.0), ("款。", None)]

    def test_the_gravest_evidence_marks_a_word_and_personal_data_is_named(self):
        words = [Word(text=c, start=float(n), end=n + 0.5, confidence=1.0) for n, c in enumerate("我要退款。")]
        turn = rows.turn("c1", words=words)
        proof = [Evidence(turn=0, start=0.0, end=9.0, text="退款", condition="")]
        line = _transcript.lines(
            [turn],
            [],
            [
                rows.finding("c1", "IT03", severity="info", evidence=proof),
                rows.finding("c1", "HR01", evidence=proof),
                rows.finding("c1", "XX01", outcome="unknown", severity="critical", evidence=proof),
            ],
            "退",
        )[0]
        assert isinstance(line, Said)
        assert [(piece.text, piece.severity, piece.hidden, piece.found) for piece in line.pieces] == [
            ("我", "", "bank_card", ""), ("要", "", "", ""), ("退", "critical", "", "found"), ("款", "critical", "", ""),
            ("。", "", "", ""),
        ]  # fmt: skip
        assert [finding.rule for finding in line.findings] == ["HR01", "IT03"]
        assert line.matches

    def test_events_stand_between_turns_unless_a_turn_says_them(self):
        turn = rows.turn("c1", 0, event_tags=["bgm"])
        told, ringing = rows.event("c1", 3.0), rows.event("c1", 20.0, class_="ringback")
        speech, other = rows.event("c1", 4.0, class_="speech"), rows.event("c1", 3.0, channel=1)
        found = _transcript.lines([turn], [told, ringing, speech, other], [])
        assert [line.event.class_ if isinstance(line, Heard) else "turn" for line in found] == [
            "turn",
            "bgm",
            "ringback",
        ]

    def test_text_that_retention_removed_is_told_from_silence(self):
        bare = rows.turn("c1", text="", words=[])
        assert _transcript.without_text([bare], 12)
        assert not _transcript.without_text([bare], 0)
        assert not _transcript.without_text([], 12)
        assert not _transcript.without_text([bare, rows.turn("c1", 1)], 12)

    def test_evidence_of_a_turn_is_one_place_with_what_was_found(self):
        turn = rows.turn("c1")
        parts = [("我要退款。", "upset"), ("退款, 投诉", "complains"), ("退款", "sounds")]
        evidence = [Evidence(turn=0, start=0.0, end=9.0, text=text, condition=why) for text, why in parts]
        found = _transcript.places(rows.finding("c1", evidence=evidence), [turn])
        assert [(place.turn, place.text) for place in found] == [(0, "退款, 投诉")]
        assert _transcript.places(rows.finding("c1", evidence=evidence[:1]), [turn])[0].text == "我要退款。"

    def test_a_rule_is_explained_by_its_own_page(self):
        text = "No end.\n\nWhat it catches: nothing\nsaid.\n\nLimits: many.\n\nWhy it matters: people wait."
        assert dataclasses.astuple(_explained.of_text(text)) == ("No end.", "nothing said.", "people wait.", "")


@pytest.mark.slow
class TestPage:
    def test_it_has_what_was_said_found_and_scored(self, client, console_lake):
        text = client("rui").get(RISK).text
        assert "High-risk call" in text
        assert "-20 points" in text
        assert re.sub("<[^>]+>", "", text).count("再不处理我就去银保监会投诉你们！") == 1
        assert "service-quality" in text
        assert "An angry or frightened customer who speaks of a complaint" in text
        assert "standard 0.1.0" in text
        assert kept(console_lake) == {
            **kept(console_lake), "action": "open", "person": "rui", "call_id": "20260105-091530-a2",
        }  # fmt: skip

    def test_personal_data_is_masked_and_said_to_be_silent(self, client):
        text = client("lin").get(MASKED).text
        assert "13800138000" not in text
        assert "Phone number, masked" in text
        assert "Personal data is silent" in text

    def test_the_calls_beside_it_are_those_of_the_list_that_it_was_opened_from(self, client):
        one = client("rui")
        day = one.get(RISK).text
        assert "2 of 12" in day
        assert f"{DAY}/20260105-090112-a1" in day
        text = one.get(RISK, params={"in": "flag=risk&sort=score&said=投诉"}).text
        assert "of 5" in text
        following = re.search(r'href="([^"]+)"[^>]*data-key="[\[\]]"', text)[1].replace("&amp;", "&")
        assert "in=flag%3Drisk%26sort%3Dscore" in following
        assert one.get(following).status_code == 200
        assert 'class="w ev critical found"' in text

    @pytest.mark.parametrize(
        "list_", ["nothing=1", "score_from=x", "sort=shoe", "%00", "from=2026-01-06&to=2026-01-05"]
    )
    def test_a_list_that_is_none_is_the_days(self, client, list_):
        assert "2 of 12" in client("rui").get(RISK, params={"in": list_}).text

    def test_a_rejected_call_says_why_and_what_to_do(self, client):
        text = client("rui").get(REJECTED).text
        assert "Rejected: Empty file" in text
        assert "Fetch the file again" in text
        assert 'id="player"' not in text

    def test_an_invalid_call_says_what_the_line_was(self, client):
        text = client("rui").get(INVALID).text
        assert "Invalid call: Rang, nobody answered" in text
        assert "Ringing tone" in text

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (f"{DAY}/nobody", 404), ("/callqa/calls/2026-02-30/x", 422), ("/callqa/calls/2025-01-01/x", 404),
            (f"{DAY}/" + "x" * 3000, 404), (f"{DAY}/%00", 404), (f"{RISK}?t=-1", 422), (f"{RISK}?t=nan", 422), (f"{RISK}?t=1e5", 200),
        ],
    )  # fmt: skip
    def test_addresses_of_no_call_are_told(self, client, path, status):
        assert client("rui").get(path).status_code == status

    def test_an_unknown_call_names_the_nearest(self, client):
        assert "20260105-091530-a2" in client("rui").get(f"{DAY}/20260105-091530-a3").text

    def test_agents_see_no_gate_and_no_run(self, client):
        assert "Data-quality gate" in client("rui").get(MASKED).text
        assert "Data-quality gate" not in client("lin").get(MASKED).text


@pytest.mark.slow
class TestFiles:
    def test_everything_published_as_json(self, client, console_lake):
        answer = client("lin").get(f"{MASKED}/download/json")
        assert answer.headers["content-disposition"].endswith("2026-01-05_20260105-102040-a7.json")
        found = answer.json()
        assert found["call"]["call_id"] == "20260105-102040-a7"
        assert len(found["turns"]) == found["call"]["turn_count"]
        assert set(found) == {"call", "turns", "events", "findings", "reviews", "publication"}
        assert (kept(console_lake)["action"], kept(console_lake)["detail"]) == ("download", {"format": "json"})

    @pytest.mark.parametrize(("person", "knows"), [("lin", False), ("rui", False), ("mara", True), ("ada", True)])
    def test_where_recordings_lie_is_for_those_who_run_days(self, client, person, knows):
        for call in (MASKED, REJECTED) if person != "lin" else (MASKED,):
            answer = client(person).get(f"{call}/download/json")
            assert ("uri" in answer.json()["call"], "etag" in answer.json()["call"]) == (knows, knows)
            assert (str(DEMO_CALLS) in answer.text) is knows
            assert ("run_id" in answer.json()["publication"]) is (person != "lin")
            assert str(DEMO_CALLS) not in client(person).get(call).text

    def test_a_reason_that_names_recordings_names_them_by_their_files(self):
        told = "call_id c1 belongs to s3://bucket/day 1/a.wav and to /mnt/x/2026-01-05/b.wav; give each call an id of its own"
        row = rows.call("c1", status="rejected", reject_reason="duplicate_id", reject_detail=told)
        row = dataclasses.replace(row, uri="s3://bucket/day 1/a.wav")
        found = _documents.row_for(Person("rui", Role.REVIEWER), row)
        assert found.reject_detail == "call_id c1 belongs to a.wav and to b.wav; give each call an id of its own"
        assert (found.uri, found.etag) == ("", "")
        assert _documents.row_for(Person("mara", Role.MANAGER), row) is row

    def test_vcon_and_contact_lens(self, client):
        vcon = client("rui").get(f"{RISK}/download/vcon").json()
        assert vcon["vcon"] == "0.4.0"
        assert [one["type"] for one in vcon["analysis"]] == ["transcript", "findings", "scorecard"]
        lens = client("rui").get(f"{RISK}/download/contact-lens").json()
        assert lens["CustomerMetadata"]["ContactId"] == "20260105-091530-a2"

    def test_the_recording_without_personal_data(self, client, console_lake):
        answer = client("lin").get(f"{MASKED}/download/audio")
        assert answer.headers["content-disposition"] == 'attachment; filename="2026-01-05_20260105-102040-a7.wav"'
        samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
        assert not samples[int(13.0 * rate) : int(16.8 * rate), 1].any()
        assert kept(console_lake)["detail"] == {"format": "audio"}

    @pytest.mark.parametrize(
        ("kind", "status"), [("json", 200), ("vcon", 400), ("contact-lens", 400), ("audio", 503), ("exe", 422)]
    )
    def test_of_a_rejected_call_there_is_only_its_row(self, client, kind, status):
        assert client("rui").get(f"{REJECTED}/download/{kind}").status_code == status


SIZED = [(*look, size) for look, size in zip(LOOKS, itertools.cycle([(1280, 800), (1440, 900)]), strict=False)]
PLAYING = "(seconds) => window.callqaPlayer.audio.currentTime > seconds"


def opened(browse, path, **looks):
    """The page, when its waveform is there."""
    page = browse(looks.pop("person", "rui"), path, **looks)
    page.locator('#player[data-outline="ready"]').wait_for()
    page.locator("#wave canvas").first.wait_for()
    return page


def at(page):
    return page.evaluate("() => window.callqaPlayer.at()")


def place(page, second, of=37.9275, y=50):
    """Where a second is on the waveform of the whole call."""
    box = page.get_by_role("slider").bounding_box()
    return box["x"] + box["width"] * second / of, box["y"] + y


@pytest.mark.slow
class TestByHand:
    @pytest.mark.parametrize(("language", "theme", "size"), SIZED)
    def test_it_looks_right(self, browse, shot, language, theme, size):
        for name, path in (("risk", RISK), ("masked", MASKED), ("invalid", INVALID)):
            page = opened(browse, path, language=language, theme=theme, size=size)
            accessible(page)
            shot(page, f"call-{name}-{language[:2]}-{theme}-{size[0]}", whole=False)
        page = browse("rui", REJECTED, language=language, theme=theme, size=size)
        accessible(page)
        shot(page, f"call-rejected-{language[:2]}-{theme}-{size[0]}", whole=False)

    def test_it_plays_from_its_first_second_and_the_transcript_goes_along(self, browse, console_lake, shot):
        page = opened(browse, RISK)
        assert page.evaluate("() => window.callqaPlayer.audio.src") == "", "nothing was listened to yet"
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_function(PLAYING, arg=0.8)
        assert kept(console_lake)["action"] == "listen"
        assert page.locator(".turn.now").get_attribute("data-turn") == "0"
        assert page.locator(".w.now").count() == 1
        assert page.evaluate("() => Math.abs(window.callqaPlayer.audio.duration - 37.9275) < 0.001")
        page.get_by_role("button", name="2×").click()
        assert page.evaluate("() => window.callqaPlayer.audio.playbackRate") == 2
        accessible(page)
        shot(page, "call-playing", whole=False)
        page.get_by_role("button", name="Pause").click()
        assert page.evaluate("() => window.callqaPlayer.audio.paused")

    def test_evidence_leads_to_its_sound(self, browse):
        page = opened(browse, RISK)
        page.locator('[data-finding="RG01"] .jump').click()
        page.wait_for_function(PLAYING, arg=25.3)  # 银保监 is said at 25.62 s, in a turn that begins at 22.28 s
        assert page.evaluate("() => window.callqaPlayer.audio.currentTime") < 28
        assert page.locator(".turn.now").get_attribute("data-turn") == "3"

    def test_a_word_a_turn_and_a_place_of_the_waveform_are_played(self, browse):
        page = opened(browse, RISK)
        page.locator('.turn[data-turn="2"] .w').nth(6).click()
        page.wait_for_function(PLAYING, arg=15.1)
        page.locator('.turn[data-turn="5"] .at').click()
        page.wait_for_function(PLAYING, arg=34.6)
        page.get_by_role("button", name="Pause").click()
        page.mouse.click(*place(page, 20))
        assert at(page) == pytest.approx(20, abs=0.1)
        page.mouse.down()
        page.mouse.move(*place(page, 30), steps=5)
        page.mouse.up()
        assert at(page) == pytest.approx(30, abs=0.1)

    def test_by_keyboard_alone(self, browse):
        page = opened(browse, f"{RISK}?t=10")
        assert at(page) == 10
        page.keyboard.press("Space")
        page.wait_for_function(PLAYING, arg=10.3)
        page.keyboard.press("Space")
        assert page.evaluate("() => window.callqaPlayer.audio.paused")
        here = at(page)
        page.keyboard.press("ArrowRight")
        assert at(page) == pytest.approx(here + 5, abs=0.01)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert at(page) == pytest.approx(here - 5, abs=0.01)
        page.keyboard.press(".")
        assert page.locator('[data-speed="1.25"]').get_attribute("aria-pressed") == "true"
        page.keyboard.press("s")
        assert page.locator("#skip").get_attribute("aria-pressed") == "true"
        page.keyboard.press("n")
        page.wait_for_function(PLAYING, arg=22.2)
        page.keyboard.press("]")
        page.wait_for_url("**/20260105-093005-a3**")
        page.keyboard.press("[")
        page.wait_for_url(f"**{RISK}")

    def test_keys_pressed_while_it_still_seeks_count(self, browse):
        page = opened(browse, f"{RISK}?t=10")
        page.keyboard.press("Space")
        page.wait_for_function(PLAYING, arg=10.3)
        page.keyboard.press("Space")
        before, after = page.evaluate(
            """async () => {
              const { audio, at } = window.callqaPlayer;
              const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
              const before = at();
              for (let round = 0; round < 8; round++) {
                press("ArrowRight");
                press("ArrowLeft");  // the event of the first comes after the second was asked for
                await new Promise((done) => audio.addEventListener("seeking", done, { once: true }));
                press("ArrowRight");
                press("ArrowLeft");
              }
              await new Promise((done) => setTimeout(done, 300));
              return [before, at()];
            }"""
        )
        assert after == pytest.approx(before, abs=0.01)

    def test_the_bytes_come_in_ranges_and_nothing_is_decoded_for_the_waveform(self, browse):
        page = opened(browse, RISK)
        answers = []
        page.on("response", lambda answer: answers.append((answer.status, "/sound/" in answer.url)))
        page.evaluate(
            "() => { window.AudioContext = window.OfflineAudioContext = () => { throw new Error('decoded'); }; }"
        )
        page.keyboard.press("Space")
        page.wait_for_function(PLAYING, arg=0.3)
        assert {status for status, sound in answers if sound} == {206}

    def test_turns_findings_and_events_lie_on_the_waveform_and_are_said_under_the_pointer(self, browse):
        page = opened(browse, RISK)
        about = page.evaluate("() => JSON.parse(document.getElementById('player').dataset.player)")
        lying = page.evaluate(
            """() => [...window.callqaPlayer.wave.layer.children].map((one) => {
                const here = one.getBoundingClientRect(), all = document.getElementById("wave").getBoundingClientRect();
                return [(here.left - all.left) / all.width, here.width / all.width]; })"""
        )
        for start, end in ([one[2], one[3]] for one in about["turns"]):
            wanted = [start / about["seconds"], (end - start) / about["seconds"]]
            assert any(one == pytest.approx(wanted, abs=0.002) for one in lying)
        mark = about["marks"][-1]  # the gravest, which lies on top
        page.mouse.move(*place(page, mark[0], y=5))
        assert mark[4] in page.locator("#wave [part=hover-label]").inner_text()
        page.mouse.click(*place(page, mark[0], y=5))
        assert at(page) == pytest.approx(mark[0], abs=0.001)
        page.mouse.move(*place(page, 20.5, y=40))
        assert page.locator("#wave [part=hover-label]").inner_text() == "0:20"

    def test_zoomed_in_the_whole_call_is_seen_in_small_and_leads_anywhere(self, browse, shot):
        page = opened(browse, f"{RISK}?t=19")
        overview = page.locator("#overview")
        assert not overview.is_visible()
        for _ in range(2):
            page.get_by_role("button", name="Zoom in").click()
        overview.locator("canvas").first.wait_for()
        width = page.get_by_role("slider").bounding_box()["width"]
        assert page.evaluate("() => window.callqaPlayer.wave.rate()") == pytest.approx(4 * width / 37.9275, rel=0.01)
        labels = page.locator("#wave [part~=timeline-notch]").all_inner_texts()
        assert "0:19" in labels or "0:18" in labels or "0:20" in labels
        accessible(page)
        shot(page, "call-zoomed", whole=False)
        small = overview.bounding_box()
        page.mouse.click(small["x"] + small["width"] * 0.9, small["y"] + 10)
        assert at(page) == pytest.approx(0.9 * 37.9275, abs=0.2)
        page.keyboard.press("-")
        page.keyboard.press("-")
        overview.wait_for(state="hidden")

    def test_other_colours_are_taken_over_at_once(self, browse):
        page = opened(browse, RISK)
        painted = "() => window.callqaPlayer.surfer.options.splitChannels[0].waveColor"
        light = page.evaluate(painted)
        page.locator("header details.menu summary").click()
        page.get_by_role("button", name="Dark").click()
        assert page.evaluate(painted) not in (light, "")
        assert page.evaluate(painted) == page.evaluate("() => window.callqa.colour('role-agent')")

    def test_an_address_that_died_is_asked_for_again_and_it_plays_on_from_there(self, browse):
        page = opened(browse, f"{RISK}?t=10")
        page.keyboard.press("Space")
        page.wait_for_function(PLAYING, arg=10.3)
        page.keyboard.press("Space")
        here = at(page)
        asked = []
        page.on("request", lambda request: asked.append(request.url.endswith("/listen")))
        page.evaluate("() => { window.callqaPlayer.sound.life = 0; }")
        page.wait_for_timeout(1100)  # addresses differ by the second in which they end
        page.keyboard.press("Space")
        page.wait_for_function(PLAYING, arg=here + 0.3)
        assert asked.count(True) == 1
        assert at(page) < here + 5

    def test_the_link_to_a_call_that_was_rejected_is_copied_too(self, browse):
        page = browse("rui", REJECTED)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("#copy-link").click()
        page.get_by_text("The link is copied").wait_for()
        assert page.evaluate("() => navigator.clipboard.readText()").endswith(REJECTED)

    def test_silence_is_skipped(self, browse):
        """From 7.89 to 11.11 s nobody speaks and nothing is heard."""
        page = opened(browse, f"{DAY}/20260105-114500-a11?t=7.3")
        page.evaluate(
            """() => { window.heard = []; const look = () => { window.heard.push(window.callqaPlayer.audio.currentTime);
                requestAnimationFrame(look); }; look(); }"""
        )
        page.locator("#skip").click()
        page.locator("#play").click()
        page.wait_for_function(PLAYING, arg=11.2)
        heard = page.evaluate("() => window.heard")
        assert [time for time in heard if 7.4 < time < 7.8] != []
        assert [time for time in heard if 8.6 < time < 10.8] == []

    def test_a_link_names_the_second(self, browse):
        page = opened(browse, f"{RISK}?in=flag%3Drisk&t=12.5")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("#copy-link").click()
        page.get_by_text("The link is copied").wait_for()
        assert page.evaluate("() => navigator.clipboard.readText()").endswith(f"{RISK}?t=12.5")

    def test_files_are_saved(self, browse):
        page = opened(browse, MASKED, person="lin")
        page.locator("summary", has_text="Download").click()
        with page.expect_download() as saved:
            page.get_by_role("link", name="Recording, personal data silent").click()
        assert saved.value.suggested_filename == "2026-01-05_20260105-102040-a7.wav"
        assert soundfile.info(saved.value.path()).channels == 2

    def test_another_persons_ticket_plays_nothing(self, browse, client):
        one = client("rui")
        url = one.post(f"{RISK}/listen", headers=own_page(one)).json()["url"]
        page = opened(browse, MASKED, person="lin")
        status = page.evaluate("(url) => fetch(url, {method: 'GET'}).then((answer) => answer.status)", url)
        assert status == 403
        page.faults[:] = [fault for fault in page.faults if "403" not in fault]
