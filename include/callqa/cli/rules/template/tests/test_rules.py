"""Every case of the pack."""

from qc_rules.testing import cases

test_rules = cases("example")
