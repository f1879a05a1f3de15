import pytest

from callqa.transcribe.pytorch.batching import ClipTooLargeError, Overlapped, Room, by_length


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


class Device:
    """Room for so many padded units; keeps what it was asked for, in order."""

    def __init__(self, lengths, room):
        self.lengths, self.room = lengths, room
        self.launched, self.finished, self.done = [], [], []
        self.most_under_way = 0

    def launch(self, batch):
        size = max(self.lengths[index] for index in batch) * len(batch)
        self.launched.append(size)
        if size > self.room:
            raise FullError
        self.most_under_way = max(self.most_under_way, sum(s <= self.room for s in self.launched) - len(self.finished))
        return batch

    def finish(self, batch):
        self.finished.append(batch)
        self.done += batch

    def run(self, room, ahead=2, make_room=lambda: None):
        Overlapped(self.launch, self.finish, too_large=FullError, ahead=ahead).run(self.lengths, room, make_room)


LENGTHS = [7, 1, 5, 5, 3, 2, 8, 8, 1, 4]


def test_every_item_is_computed_once_and_batches_are_finished_in_order():
    device = Device(LENGTHS, room=1000)
    device.run(Room(16))
    assert sorted(device.done) == list(range(len(LENGTHS)))
    assert device.finished == by_length(LENGTHS, 16)


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_no_more_batches_are_under_way_than_allowed(ahead):
    device = Device(LENGTHS, room=1000)
    device.run(Room(8), ahead=ahead)
    assert device.most_under_way == ahead + 1


def test_a_batch_that_does_not_fit_is_halved_until_it_does_and_the_rest_is_regrouped():
    device = Device(LENGTHS, room=10)
    room = Room(40)
    device.run(room)
    assert sorted(device.done) == list(range(len(LENGTHS)))
    assert room.limit <= 10
    assert sum(size > 10 for size in device.launched) == 2  # 40, 20, and never again


def test_the_smaller_size_is_remembered_for_the_next_clips():
    room = Room(40)
    Device(LENGTHS, room=10).run(room)
    again = Device(LENGTHS, room=10)
    again.run(room)
    assert max(again.launched) <= 10


def test_room_is_made_when_nothing_else_is_under_way():
    device = Device([2, 9, 9, 2], room=10)
    seen = []
    device.run(Room(18), make_room=lambda: seen.append(len(device.launched) - 1 - len(device.finished)))
    assert seen == [0]


def test_a_single_item_that_does_not_fit_is_an_error_that_names_it():
    with pytest.raises(ClipTooLargeError, match="clip 1 ") as caught:
        Device([3, 11, 2], room=10).run(Room(100))
    assert caught.value.clip == 1


def test_other_errors_are_not_taken_for_a_full_device():
    def launch(batch):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Overlapped(launch, print, too_large=FullError, ahead=1).run([1, 2], Room(1), print)


def test_after_an_error_what_is_under_way_is_waited_for():
    finished = []

    def launch(batch):
        if batch == [2]:
            raise ValueError("broken")
        return batch

    with pytest.raises(ValueError, match="broken"):
        Overlapped(launch, finished.append, too_large=FullError, ahead=5).run([3, 2, 1], Room(1), print)
    assert finished == [[0], [1]]


def test_room_never_shrinks_to_nothing():
    room = Room(1)
    room.shrink(1)
    assert room.limit == 1
