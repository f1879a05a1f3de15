"""The words of messages, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "calls": "【通话质检】{day}：{count} 通通话",
        "calls_for": "【通话质检】{day} {audience}：{count} 通通话",
        "more": "……另有 {count} 通",
        "all": "全部：{link}",
        "agent": "坐席 {agent}",
        "queue": "队列 {queue}",
        "score": "得分 {score:g}",
        "info": "提示",
        "minor": "一般",
        "major": "重要",
        "critical": "严重",
        "published": "【通话质检】{day} 已发布",
        "numbers": "{calls:,} 条录音：分析 {analysed:,}，无效 {invalid:,}，拒收 {rejected:,}",
        "mean_score": "平均得分 {score:.1f}",
        "hit": "{rule}：{count:,} 通",
        "approved": "质量门未通过，由 {by} 批准发布",
        "refused": "【通话质检】{day} 未通过质量门，等待处理",
        "refused_do": "数据未发布。请在 Airflow 的“Required actions”里批准（写明原因）或驳回。",
        "failed": "【通话质检】{day} 处理失败",
        "failed_at": "失败任务：{task}",
        "failed_do": "数据未发布，读者看到的仍是之前的数据。日志里 remedy: 之后写着处理办法。",
        "deadline": "【通话质检】{day} 未按时完成",
        "backfill": "【通话质检】补跑结束",
        "run": "运行：{run}",
        "unsure": "【通话质检】消息 #{id}（{day}，{sent}）可能没有送达，请自行查看：",
        "unsure_calls": "涉及 {count} 通通话",
        "test": "【通话质检】测试消息",
        "test_body": "路由 {route} 可用。没有任何通话数据。",
    },
    "en": {
        "calls": "[call quality] {day}: {count} call(s)",
        "calls_for": "[call quality] {day}, {audience}: {count} call(s)",
        "more": "… and {count} more",
        "all": "All: {link}",
        "agent": "agent {agent}",
        "queue": "queue {queue}",
        "score": "score {score:g}",
        "info": "info",
        "minor": "minor",
        "major": "major",
        "critical": "critical",
        "published": "[call quality] {day} is published",
        "numbers": "{calls:,} recordings: {analysed:,} analysed, {invalid:,} invalid, {rejected:,} rejected",
        "mean_score": "mean score {score:.1f}",
        "hit": "{rule}: {count:,} call(s)",
        "approved": "refused by the gate, approved by {by}",
        "refused": "[call quality] {day} was refused by the gate and waits for a decision",
        "refused_do": "Nothing of it is published. Approve it (with a reason) or reject it under Airflow's Required"
        " actions.",
        "failed": "[call quality] {day} failed",
        "failed_at": "Failed task: {task}",
        "failed_do": "Nothing of it is published; readers see what they saw before. The task's log says what to do,"
        " after remedy:.",
        "deadline": "[call quality] {day} is late",
        "backfill": "[call quality] A backfill has ended",
        "run": "Run: {run}",
        "unsure": "[call quality] Message #{id} ({day}, {sent}) may not have arrived. Please look yourself:",
        "unsure_calls": "It is about {count} call(s)",
        "test": "[call quality] A test",
        "test_body": "The route {route} works. No call is behind this.",
    },
}


def say(language: str, key: str, **values: object) -> str:
    """A text, its places filled in."""
    return WORDS[language][key].format(**values)
