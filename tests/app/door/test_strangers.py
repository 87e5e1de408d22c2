"""Who has to leave when all places for strangers, or all of one caller, are taken."""

from evenhand.app.door.strangers import Callers, Strangers


class Guest:
    def __init__(self) -> None:
        self.is_out = False

    def turn_out(self) -> None:
        self.is_out = True


def _entered(strangers: Strangers, address: str, count: int) -> list[Guest]:
    guests = [Guest() for _ in range(count)]
    for guest in guests:
        strangers.enter(guest, address)
    return guests


def test_a_newcomer_is_let_in_and_the_oldest_of_the_largest_crowd_leaves():
    strangers = Strangers(most=5)
    few = _entered(strangers, "few", 2)
    crowd = _entered(strangers, "crowd", 3)
    (newcomer,) = _entered(strangers, "few", 1)
    assert [guest.is_out for guest in crowd] == [True, False, False]
    assert not any(guest.is_out for guest in [*few, newcomer])


def test_while_there_is_room_nobody_leaves_and_who_left_makes_room():
    strangers = Strangers(most=3)
    first, second, third = _entered(strangers, "one", 3)
    strangers.leave(second, "one")
    (fourth,) = _entered(strangers, "other", 1)
    assert not any(guest.is_out for guest in (first, second, third, fourth))
    _entered(strangers, "other", 1)
    assert first.is_out


def test_a_callers_oldest_connection_leaves_when_it_has_too_many_and_nobody_elses():
    callers = Callers(most=2)
    theirs = Guest()
    callers.enter(theirs, "other")
    mine = [Guest() for _ in range(3)]
    for guest in mine:
        callers.enter(guest, "mine")
    assert [guest.is_out for guest in mine] == [True, False, False]
    assert not theirs.is_out
