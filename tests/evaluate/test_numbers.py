"""Numbers as digits, however they are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.evaluate import numbers


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("三百五十", "350"), ("三百五", "350"), ("三百零五", "305"), ("十五", "15"), ("一百一十", "110"), ("两千零五", "2005"),
        ("一万二", "12000"), ("一万零二", "10002"), ("两亿三千万", "230000000"), ("十二万三千四百五十六", "123456"),
        ("幺三八零零", "13800"), ("二〇二六", "2026"), ("三点五", "3.5"), ("百分之十", "10%"), ("百分之三点五", "3.5%"),
    ],
)  # fmt: skip
def test_chinese_numbers(said, written):
    assert numbers.chinese(f"要{said}个") == f"要{written}个"


@pytest.mark.parametrize(
    ("said", "written"), [("万一", "万1"), ("千万别", "千万别"), ("一下", "1下"), ("三点半", "3点半"), ("十", "10")]
)
def test_what_is_no_number_is_written_the_same_way_every_time(said, written):
    assert numbers.chinese(said) == written


def spoken(value: int) -> str:
    """A number below 10^8 as it is read out."""
    if value >= 10_000:
        high, low = divmod(value, 10_000)
        return spoken(high) + "万" + (("零" if low < 1000 else "") + spoken(low) if low else "")
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            out += ("零" if zero and out else "") + "零一二三四五六七八九"[digit] + name
        zero = not digit
    return out or "零"


@given(st.integers(0, 99_999_999))
def test_every_number_that_is_read_out_comes_back(value):
    assert numbers.chinese(spoken(value)) == str(value)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("twenty five", "25"),
        ("one two three", "1 2 3"),
        ("three hundred", "300"),
        ("two thousand five hundred", "2500"),
        ("two thousand twenty six", "2026"),
        ("one hundred twenty five thousand", "125000"),
        ("nineteen ninety", "19 90"),
        ("hundred thanks", "hundred thanks"),
        ("i have one", "i have 1"),
    ],
)
def test_english_numbers(said, written):
    assert numbers.english(said.split()) == written.split()
