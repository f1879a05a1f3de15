"""What the kit itself says of calls, in every language that it has: reasons, notes of operators, words for sounds."""

from __future__ import annotations

from collections.abc import Mapping

Sentence = Mapping[str, str]
"""A template by language. Places are `{name}`; what stands behind a colon or a dot in them is of no matter here. The
value of a place whose name ends in `_word` is of WORDS, or several joined by commas."""


def _of(*pairs: tuple[str, str]) -> tuple[Sentence, ...]:
    return tuple({"en": en, "zh": zh} for en, zh in pairs)


KIT: tuple[Sentence, ...] = _of(
    ("the roles of the speakers are not known", "无法区分坐席与客户"),
    ("no installed detector reports {class_word}", "没有安装可检测{class_word}的检测器"),
    ("both speakers share one channel", "双方在同一声道"),
    (
        "turn {turn} was recognised with a confidence of {confidence}, under {least}",
        "第 {turn} 轮的识别置信度为 {confidence}，低于 {least}",
    ),
    ("the emotion of turn {turn} is not known", "第 {turn} 轮的情绪未知"),
    ("the language of turn {turn} is not known", "第 {turn} 轮的语言未知"),
    ("the level of turn {turn} is not known", "第 {turn} 轮的音量未知"),
    ("in turn {turn} a masked number may be one", "第 {turn} 轮中被打码的号码可能就是"),
    ("in turn {turn} a number stands masked", "第 {turn} 轮中有号码被打码"),
    ("what turn {turn} says stands masked", "第 {turn} 轮的内容被打码"),
    ("parts of turns {turn} and {other} stand masked", "第 {turn} 轮与第 {other} 轮有部分内容被打码"),
    ("nobody says how sure the {class_word} is", "{class_word}没有把握程度"),
    ("{field} says only how long in all", "{field} 只给出总时长"),
    (
        "no model of meaning is installed: a package with an entry point in the group {group}",
        "没有安装语义模型（入口点组 {group} 中的软件包）",
    ),
    ("{field} is not known of this call", "该通话没有 {field} 的值"),
    ("this call's metadata have no {field}; did you mean {near}?", "该通话的元数据没有 {field}，是否为 {near}？"),
    ("this call's metadata have no {field}; known: {known}", "该通话的元数据没有 {field}，已有：{known}"),
    ("this call's metadata have no {field}; there are none", "该通话没有元数据，因此没有 {field}"),
    ("this call's metadata have no {field}", "该通话的元数据没有 {field}"),
    ("{field} is {value}, which cannot be compared with {other}", "{field} 的值为 {value}，无法与 {other} 比较"),
    (
        "{field} is {value}, of no known zone, which cannot be compared with {other}",
        "{field} 的值为 {value}，时区未知，无法与 {other} 比较",
    ),
    ("the rule gives no reason", "规则没有给出原因"),
    ("took longer than {seconds} s", "运行超过 {seconds} 秒"),
    (
        "suspended: it took longer than {seconds} s on {n} calls before this one",
        "已暂停：此前有 {n} 通通话运行超过 {seconds} 秒",
    ),
    ("no rule with points on it is for this call", "评分卡上没有适用于该通话的计分规则"),
    ("nothing of it could be told", "各项均无法判断"),
    ("{told} of it could be told, less than {least}", "只有 {told} 可判断，低于 {least}"),
)  # fmt: skip
"""Why something cannot be told: every reason of the kit's operators, engine and scorecards."""

PIECES: tuple[Sentence, ...] = _of(
    ("{seconds} s of silence", "静默 {seconds} 秒"),
    ("{seconds} s on hold", "等待 {seconds} 秒"),
    ("answers after {seconds} s", "{seconds} 秒后应答"),
    ("music {share}%", "音乐 {share}%"),
    ("tones {share}%", "信号音 {share}%"),
    ("silence {share}%", "静音 {share}%"),
)
"""What operators and rules say of a place beside what was said there; their values are numbers."""

WORDS: Mapping[str, Mapping[str, str]] = {
    name: {"en": en, "zh": zh}
    for name, en, zh in (
        ("happy", "happy", "愉快"), ("sad", "sad", "难过"), ("angry", "angry", "愤怒"), ("neutral", "neutral", "平静"),
        ("fearful", "fearful", "害怕"), ("disgusted", "disgusted", "厌恶"), ("surprised", "surprised", "惊讶"),
        ("unknown", "unknown", "不明"), ("agent", "agent", "坐席"), ("customer", "customer", "客户"),
        ("speech", "speech", "语音"), ("bgm", "music", "音乐"), ("music", "music", "音乐"),
        ("no music", "no music", "无音乐"), ("applause", "applause", "掌声"), ("laughter", "laughter", "笑声"),
        ("cry", "crying", "哭声"), ("sneeze", "sneezes", "喷嚏"), ("breath", "breath", "呼吸声"),
        ("cough", "coughs", "咳嗽"), ("yawn", "yawns", "哈欠"), ("coughs", "coughs", "咳嗽"),
        ("yawns", "yawns", "哈欠"), ("sing", "singing", "歌声"), ("speech_noise", "background voices", "背景人声"),
        ("other", "other sounds", "其他声音"), ("ringback", "ringing tone", "回铃音"), ("busy", "busy tone", "忙音"),
        ("congestion", "congestion tone", "拥塞音"), ("empty_number", "no such number", "空号"),
        ("dial", "dial tone", "拨号音"), ("long_distance", "long-distance tone", "长途通知音"),
        ("howler", "howler tone", "嗥鸣音"), ("dtmf", "key press", "按键音"), ("hold_music", "hold music", "等待音乐"),
        ("silence", "silence", "静音"), ("powered_off", "switched off", "关机"), ("suspended", "suspended", "停机"),
        ("unreachable", "unreachable", "无法接通"), ("no_answer", "no answer", "无人接听"),
        ("voicemail", "voicemail", "语音信箱"), ("zh", "Mandarin", "普通话"), ("yue", "Cantonese", "粤语"),
        ("en", "English", "英语"), ("ja", "Japanese", "日语"), ("ko", "Korean", "韩语"),
        ("nospeech", "no speech", "无语音"),
    )
}  # fmt: skip
"""Emotions, roles, sounds, languages and states of calls, as people read them."""
