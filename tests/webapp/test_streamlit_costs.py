"""What is done once for all, or together, gives the same as Streamlit itself."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from streamlit.elements.lib.options_selector_utils import create_mappings
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.safe_session_state import SafeSessionState

from explorer.webapp import cache, streamlit_costs
from tests import PATIENCE


class Session:
    """What the event loop of a session needs to be known by."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._event_loop = loop


def test_messages_keep_their_order_and_wake_the_loop_once():
    loop, called, woken = asyncio.new_event_loop(), [], []
    session, wake = Session(loop), loop.call_soon_threadsafe
    loop.call_soon_threadsafe = lambda *given: (woken.append(1), wake(*given))[1]
    failures = []
    loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))

    def send() -> None:
        for n in range(50):
            streamlit_costs._call_together(session, lambda n=n: called.append(n) if n != 7 else 1 / 0)

    async def run() -> None:
        thread = threading.Thread(target=send)
        thread.start()
        while len(called) < 49:
            await asyncio.sleep(0.001)
        thread.join()

    with ThreadPoolExecutor() as other:  # Playwright leaves a running loop in the thread of the tests
        other.submit(loop.run_until_complete, asyncio.wait_for(run(), PATIENCE)).result()
    loop.close()
    assert called == [n for n in range(50) if n != 7]
    assert len(failures) == 1 and len(woken) < 50


def test_closed_loop_drops_messages():
    loop = asyncio.new_event_loop()
    loop.close()
    streamlit_costs._call_together(Session(loop), lambda: None)


def test_view_of_a_session_shows_its_values():
    state = SafeSessionState(SessionState(), lambda: None)
    state["a"], state["b"] = 1, None
    view = streamlit_costs._View(state)
    assert dict(view) == state.filtered_state == {"a": 1, "b": None}
    assert "b" in view and view["b"] is None and "c" not in view and len(view) == 2


def test_options_of_an_embedding_are_labelled_once(colours):
    options, labels = cache.options(colours), cache.labels(colours)
    made = streamlit_costs._mappings(options, labels.__getitem__)
    assert made == create_mappings(options, labels.__getitem__)
    assert streamlit_costs._mappings(options, labels.__getitem__) is made
    assert streamlit_costs._mappings(["a"], str.upper) == (["A"], {"A": 0})
