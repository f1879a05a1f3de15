import hashlib
import hmac

import pytest

from callqa.errors import SettingsError
from callqa.fetch.privacy import check_key, protect
from callqa.settings import SourceSettings

MASK = SourceSettings()
HASH = SourceSettings(customer_number="hash", number_key="k")


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("008613812345678", "138****5678"),
        ("sip:13812345678@10.0.0.1:5060", "138****5678"),
        ("02112345678", "021****5678"),
        ("62345678", "****5678"),
        ("12345", "*****"),
        ("anonymous", None),
        ("", None),
    ],
)
def test_a_mask_hides_at_least_four_digits(number, masked):
    assert protect(number, MASK) == masked


def test_a_hash_is_keyed_and_the_same_for_every_way_to_write_a_number():
    expected = hmac.new(b"k", b"13812345678", hashlib.sha256).hexdigest()
    assert protect("13812345678", HASH) == protect("+86 138 1234 5678", HASH) == expected
    assert protect("13812345678", HASH.model_copy(update={"number_key": "other"})) != expected


def test_a_dropped_number_is_gone():
    assert protect("13812345678", SourceSettings(customer_number="drop")) is None


def test_a_hash_without_a_key_is_refused():
    with pytest.raises(SettingsError, match="needs a key") as caught:
        check_key(SourceSettings(customer_number="hash"))
    assert "CALLQA_SOURCE__NUMBER_KEY" in caught.value.remedy
    check_key(HASH)
