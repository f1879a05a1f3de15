"""The errors that rules and packs raise."""

import pickle

import pytest

from qc_rules import Unknown
from qc_rules.errors import PackError, RoleUnknown


def test_an_error_of_a_pack_says_the_remedy_below_and_so_does_its_copy_from_another_process():
    error = PackError("rule AC01 is there twice", remedy="rename one")
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.remedy) == (error.message, error.remedy) == ("rule AC01 is there twice", "rename one")
    assert str(again) == str(error) == "rule AC01 is there twice\n  remedy: rename one"
    assert repr(again) == "PackError('rule AC01 is there twice', 'rename one')"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unknown("no queue"), "no queue"),
        (Unknown(KeyError("queue")), "'queue'"),
        (RoleUnknown(), "the roles of the speakers are not known"),
        (RoleUnknown("one channel"), "one channel"),
    ],
)
def test_what_is_not_known_says_why(error, reason):
    assert isinstance(error, Unknown)
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == reason
