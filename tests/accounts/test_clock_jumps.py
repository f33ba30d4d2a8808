"""A clock that jumps revives no session and breaks no chain (S25)."""

from datetime import timedelta

from portal.consents import services as consents
from portal.core import checkpoints
from portal.core.clock import utc_text
from portal.core.settings import settings
from tests.pages import Pages

CHOICE = {"choice": "accept-all"}
A_DAY = timedelta(days=1)


def test_a_session_opened_while_the_clock_was_ahead_ends_when_it_is_set_right(sign_in, frozen_clock):
    frozen_clock.advance(A_DAY)
    pages = sign_in("customer")
    assert pages.get("/en/my/devices").status == 200
    frozen_clock.advance(-A_DAY)
    assert pages.get("/en/my/devices").status == 302
    frozen_clock.advance(A_DAY)
    assert pages.get("/en/my/devices").status == 302, "and it does not come back"


def test_a_session_that_a_jump_ahead_has_ended_stays_ended(sign_in, frozen_clock):
    pages = sign_in("customer")
    frozen_clock.advance(A_DAY)
    assert pages.get("/en/my/devices").status == 302
    frozen_clock.advance(-A_DAY)
    assert pages.get("/en/my/devices").status == 302


def test_chains_and_checkpoints_hold_whatever_the_clock_says(app, sign_in, frozen_clock):
    with app.app_context():
        (settings().instance / checkpoints.FILE).unlink(missing_ok=True)  # of other tests
    checkpoint_times = []
    for jump in (timedelta(0), A_DAY, -2 * A_DAY, A_DAY):
        now = frozen_clock.advance(jump)
        assert Pages(app).post("/en/cookies", CHOICE).status == 303
        sign_in("clerk")
        with app.app_context():
            checkpoint = checkpoints.write_when_due(now)
            checkpoint_times += [utc_text(now)] if checkpoint else []
            assert checkpoints.verify().ok
            assert consents.verify().ok
    assert len(checkpoint_times) == 4, "a clock that is set back holds no checkpoint up"
