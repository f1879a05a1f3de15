"""What is said again, said back, answered, or never said."""

import pytest

from qc_rules import Unknown
from qc_rules.call import Entity as Masked
from qc_rules.conditions import Scope
from qc_rules.operators.absent import Absent
from qc_rules.operators.echo import Echo
from qc_rules.operators.entities import found
from qc_rules.operators.entity import Entity
from qc_rules.operators.event import Event
from qc_rules.operators.keyword import Keyword
from qc_rules.operators.repeat import Repeat
from tests.qc_rules.operators.talk import AGENT, CUSTOMER, READABLE, answer, call, turn, verdict


def said(*lines: str, **values) -> list:
    """`a 您好`: turns of two seconds, one a second after the other."""
    return [turn(line[0], 3 * at, 3 * at + 2, line[2:], **values) for at, line in enumerate(lines)]


def masked(who: str, text: str, kind: str = "phone", at: int = 0):
    start = text.index("*")
    entity = Masked(kind, start, start + text.count("*"))
    return turn(who, 3 * at, 3 * at + 2, text, entities=(entity,))


THANKS = Absent(Keyword(any=("谢谢", "thank")))


@pytest.mark.parametrize(
    ("parts", "scope", "expected"),
    [
        (said("a 再见"), AGENT, "hit"),
        (said("a 谢谢"), AGENT, "clear"),
        (said("c 谢谢"), AGENT, "hit"),
        (said("? 谢谢"), AGENT, "unknown"),
        (said("? 再见"), AGENT, "hit"),
        (said("a 再见", confidence=0.1), READABLE, "unknown"),
        ([], AGENT, "hit"),
    ],
)
def test_what_is_absent(parts, scope, expected):
    assert verdict(THANKS, call(*parts), scope) == expected


def test_the_absence_of_what_cannot_be_told_is_unknown():
    found = answer(Absent(Event(any=("yawn",))), call())
    assert (found.truth, found.reason, found.matches) == (None, "no installed detector reports yawn", ())
    assert list(THANKS.words()) == list(THANKS.operator.words())
    assert THANKS.needs() is None


@pytest.mark.parametrize(
    ("text", "kinds", "expected"),
    [
        ("一共是三百块", ("money",), ["三百块"]),
        ("300元和¥1,200.50", ("money",), ["300元", "¥1,200.50"]),
        ("it costs 20 dollars", ("money",), ["20 dollars"]),
        ("twenty five dollars please", ("money",), ["twenty five dollars"]),
        ("2만 원입니다", ("money",), ["2만 원"]),
        ("3000円です", ("money",), ["3000円"]),
        ("我们一块儿去", ("money",), []),
        ("三天", ("money",), []),
        ("5月12号或者2026-01-05", ("date",), ["5月12号", "2026-01-05"]),
        ("十二月三十一日", ("date",), ["十二月三十一日"]),
        ("May 12th, the 3rd of June", ("date",), ["May 12th", "3rd of June"]),
        ("5월 3일에", ("date",), ["5월 3일"]),
        ("明天", ("date",), []),
        ("2026-01/05", ("date",), []),
        ("我的手机13800138062", ("phone",), ["13800138062"]),
        ("打幺三八零零幺三八零六二", ("phone",), ["幺三八零零幺三八零六二"]),
        ("请拨12378", ("phone",), []),
        ("zhang.san@qq.com", ("email",), ["zhang.san@qq.com"]),
        ("京A12345和粤B D12345", ("plate",), ["京A12345", "粤B D12345"]),
        ("4111111111111111", ("bank_card",), ["4111111111111111"]),
        ("4111111111111112", ("bank_card",), []),
        ("11010519491231002X", ("id_card",), ["11010519491231002X"]),
        ("110105194912310021", ("id_card",), []),
        ("300元", ("date",), []),
    ],
)
def test_entities_that_can_be_read(text, kinds, expected):
    assert [text[start:end] for start, end in found(text, kinds)] == expected


@pytest.mark.parametrize(
    ("operator", "parts", "scope", "expected"),
    [
        (Entity(any=("phone",)), [masked("c", "是***********")], CUSTOMER, "hit"),
        (Entity(any=("id_card",)), [masked("c", "是***********")], CUSTOMER, "clear"),
        (Entity(any=("phone", "id_card")), [masked("c", "是********", "number")], CUSTOMER, "unknown"),
        (Entity(any=("number",)), [masked("c", "是********", "number")], CUSTOMER, "hit"),
        (Entity(any=("plate",)), [masked("c", "是********", "number")], CUSTOMER, "clear"),
        (Entity(any=("phone",)), [masked("?", "是***********")], CUSTOMER, "unknown"),
        (Entity(any=("money",)), said("c 三百块"), CUSTOMER, "hit"),
        (Entity(any=("money",), at_least=2), said("c 三百块", "c 嗯"), CUSTOMER, "clear"),
        (Entity(any=("money",)), said("c 嗯", confidence=0.1), READABLE, "unknown"),
        (Entity(any=("money",)), [], CUSTOMER, "clear"),
    ],
)
def test_entities_in_turns(operator, parts, scope, expected):
    assert verdict(operator, call(*parts), scope) == expected


def test_unknown_kinds_of_entities_are_refused():
    with pytest.raises(ValueError, match="did you mean phone"):
        Entity(any=("fone",))
    with pytest.raises(ValueError, match="any is empty"):
        Entity()
    with pytest.raises(Unknown, match="in turn 0 a masked number may be one"):
        Entity(any=("phone",)).hears(_seen(masked("c", "**", "number")), None)


def _seen(one):
    from qc_rules.conditions import Seen

    return Seen(one)


COMPLAINT = "c 我的订单一直没有发货"
AGAIN = "c 我的订单一直没发货"


@pytest.mark.parametrize(
    ("operator", "lines", "scope", "expected"),
    [
        (Repeat(), [COMPLAINT, "a 好的", AGAIN], CUSTOMER, "hit"),
        (Repeat(), [COMPLAINT, "c 谢谢你帮我查询"], CUSTOMER, "clear"),
        (Repeat(), [COMPLAINT, "a" + AGAIN[1:]], Scope(), "clear"),
        (Repeat(times=3), [COMPLAINT, AGAIN], CUSTOMER, "clear"),
        (Repeat(times=3), [COMPLAINT, AGAIN, COMPLAINT], CUSTOMER, "hit"),
        (Repeat(times=3), [COMPLAINT, AGAIN, "?" + AGAIN[1:]], CUSTOMER, "unknown"),
        (Repeat(within=1), [COMPLAINT, "a 好的", AGAIN], CUSTOMER, "clear"),
        (Repeat(within=2), [COMPLAINT, "a 好的", AGAIN], CUSTOMER, "hit"),
        (Repeat(similarity=100), [COMPLAINT, AGAIN], CUSTOMER, "clear"),
        (Repeat(similarity=100), [COMPLAINT, COMPLAINT + "！"], CUSTOMER, "hit"),
        (Repeat(), ["c 好的好", "c 好的好"], CUSTOMER, "clear"),
        (Repeat(), ["c 好的好的", "c 好的好的"], CUSTOMER, "hit"),
        (Repeat(min_chars=3), ["c 好的好", "c 好的好"], CUSTOMER, "hit"),
        (Repeat(), ["?" + COMPLAINT[1:], "?" + AGAIN[1:]], Scope(), "unknown"),
        (Repeat(), [], Scope(), "clear"),
    ],
)
def test_what_is_said_again(operator, lines, scope, expected):
    assert verdict(operator, call(*said(*lines)), scope) == expected


def test_what_stands_masked_may_differ():
    number = [masked("c", "号码***********"), masked("c", "号码***********", at=1)]
    assert answer(Repeat(), call(*number)).reason == "parts of turns 0 and 1 stand masked"
    long = [
        masked("c", "我说的是我的手机号码后面的几个数字***"),
        masked("c", "我说的是我的手机号码后面的几个数字***", at=1),
    ]
    assert verdict(Repeat(), call(*long)) == "hit"
    other = [masked("c", "号码***********"), *said("a", "c 没有别的事情了")[1:]]
    assert verdict(Repeat(), call(*other)) == "clear"


def test_what_was_not_understood_may_be_the_same():
    on = call(*said(COMPLAINT), turn("c", 5, 7, "", confidence=0.1))
    assert verdict(Repeat(), on, READABLE) == "unknown"
    four = call(*said(COMPLAINT, AGAIN, "a 嗯", COMPLAINT, AGAIN))
    assert len(answer(Repeat(within=1), four).matches) == 2


@pytest.mark.parametrize("values", [{"times": 1}, {"times": 3, "within": 1}, {"similarity": 0}, {"min_chars": 0}])
def test_repeats_that_make_no_sense_are_refused(values):
    with pytest.raises(ValueError, match=r"is less than|is not from"):
        Repeat(**values)


ORDER = Echo(pattern="订单号?是?([0-9]{4,6})")
LOST = Echo(pattern="订单号?是?([0-9]{4,6})", said_back=False)


@pytest.mark.parametrize(
    ("lines", "echoed", "lost"),
    [
        (["c 订单号是8821", "a 好的，8821"], "hit", "clear"),
        (["c 订单号是8821", "a 好的，八八二一"], "hit", "clear"),
        (["c 订单号是8821", "a 88", "c 嗯", "a 21"], "hit", "clear"),
        (["c 订单号是8821", "a 好的"], "clear", "hit"),
        (["c 订单号是8821", "c 8821", "a 好的"], "clear", "hit"),
        (["c 订单号是8821", "a 嗯", "c 嗯", "a 嗯", "c 嗯", "a 8821"], "clear", "hit"),
        (["c 订单号是8821", "? 8821"], "unknown", "unknown"),
        (["c 订单号是8821", "? 好的"], "clear", "hit"),
        (["? 订单号是8821", "a 8821"], "unknown", "clear"),
        (["c 你好", "a 8821"], "clear", "clear"),
        ([], "clear", "clear"),
    ],
)
def test_what_the_agent_says_back(lines, echoed, lost):
    on = call(*said(*lines))
    assert (verdict(ORDER, on, CUSTOMER), verdict(LOST, on, CUSTOMER)) == (echoed, lost)


def test_what_stands_masked_cannot_be_told_to_be_said_back():
    assert verdict(ORDER, call(masked("c", "号码***********")), CUSTOMER) == "unknown"
    reply = call(*said("c 订单8821"), masked("a", "是****", "number", at=1))
    assert answer(ORDER, reply, CUSTOMER).reason == "what turn 1 says stands masked"
    assert verdict(ORDER, call(*said("c 订单8821", confidence=0.1)), READABLE) == "unknown"
    assert verdict(Echo(pattern="小王|小李"), call(*said("c 我是小王", "a 小王你好")), CUSTOMER) == "hit"
    assert verdict(Echo(pattern="小王", at_least=2), call(*said("c 我是小王", "a 小王你好")), CUSTOMER) == "clear"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pattern": "("}, "pattern"),
        ({"pattern": "(a)(b)"}, "several groups"),
        ({"pattern": "a", "within": 0}, "within = 0"),
        ({"pattern": "a", "at_least": 0}, "at_least = 0"),
    ],
)
def test_echoes_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Echo(**values)
