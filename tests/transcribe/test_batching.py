import pytest

from callqa.transcribe.batching import by_length, halving


def test_batches_stay_within_the_limit_counted_with_padding():
    lengths = [5, 100, 40, 60, 61, 3, 100]
    batches = by_length(lengths, 120)
    assert sorted(index for batch in batches for index in batch) == list(range(7))
    assert all(max(lengths[i] for i in batch) * len(batch) <= 120 for batch in batches)


def test_clips_of_similar_length_go_together_and_the_longest_first():
    assert by_length([10, 99, 11, 98], 200) == [[1, 3], [2, 0]]


def test_a_clip_longer_than_the_limit_goes_alone():
    assert by_length([500, 1, 1], 100) == [[0], [1, 2]]


def test_clips_without_length_fill_one_batch():
    assert by_length([0, 0, 0], 100) == [[0, 1, 2]]


def test_no_clips_are_no_batches():
    assert by_length([], 100) == []


class FullError(RuntimeError):
    pass


def _device(room):
    calls = []

    def compute(items):
        calls.append(len(items))
        if len(items) > room:
            raise FullError
        return [item * 10 for item in items]

    return compute, calls


def test_a_batch_that_does_not_fit_is_halved_until_it_does_and_the_order_stays():
    compute, calls = _device(room=2)
    assert halving([1, 2, 3, 4, 5], compute, FullError) == [10, 20, 30, 40, 50]
    assert calls == [5, 2, 3, 1, 2]


def test_a_single_item_that_does_not_fit_is_an_error():
    compute, _ = _device(room=0)
    with pytest.raises(FullError):
        halving([1, 2], compute, FullError)


def test_other_errors_are_not_taken_for_a_full_device():
    def compute(items):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        halving([1, 2], compute, FullError)
