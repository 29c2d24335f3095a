"""A visitor without a browser that speaks Streamlit's websocket protocol like its client.

Like the client, it caches elements by hash and tells the server so, and widgets keep their values until another page is
opened. It draws nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from ssl import _create_unverified_context
from types import TracebackType
from typing import Any, TypeVar

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

T = TypeVar("T")
PATIENCE = 60.0  # seconds until a run counts as lost


class Visitor:
    """One session: its open page, widgets by label, URL, and errors.

    address: of the server, as http://localhost:8501; an https certificate is not verified.
    cookie: sent when the websocket is opened, as NAME=VALUE.
    """

    def __init__(self, address: str, cookie: str = "") -> None:
        self.address, self.cookie = address, cookie
        self.session = self.page = self.query = ""
        self.pages: dict[str, str] = {}  # name -> hash
        self.elements: dict[str, Element] = {}  # position in the page -> element
        self.fragments: dict[str, str] = {}  # id of a widget -> fragment that alone runs again when it changes
        self.widgets: dict[str, WidgetState] = {}
        self.cache: dict[str, ForwardMsg] = {}
        self.errors: list[str] = []

    async def __aenter__(self) -> Visitor:
        self.socket: ClientConnection = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self.address,
            subprotocols=["streamlit"],
            additional_headers={"Cookie": self.cookie} if self.cookie else {},
            ssl=_create_unverified_context() if self.address.startswith("https") else None,
            max_size=None,
            compression=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def open(self, page: str = "", query: str = "") -> float:
        """Open a page by name, "" for Home. Returns the seconds until it is drawn."""
        self.widgets, self.query = {}, query
        if page not in self.pages:
            return await self._run(page_name=page)
        self.page = self.pages[page]
        return await self._run()

    async def set(self, **values: Any) -> float:
        """Set widgets by label, all at once like a form; True presses a button.

        In a label `_` stands for a space. Returns the seconds until the page is drawn again.
        """
        pressed, fragments = [], set()
        for label, value in values.items():
            element = self.find(label.replace("_", " "))
            kind = element.WhichOneof("type")
            widget = getattr(element, kind)
            fragments.add(self.fragments.get(widget.id, ""))
            state = self.widgets[widget.id] = WidgetState(id=widget.id)
            if kind == "button":
                state.trigger_value = True
                pressed.append(widget.id)
            elif kind in ("selectbox", "radio", "text_input"):
                state.string_value = value
            elif kind in ("multiselect", "button_group") or widget.options:
                state.string_array_value.data.extend([value] if isinstance(value, str) else value)
            else:
                state.double_array_value.data.append(value)
        seconds = await self._run(fragment=fragments.pop() if len(fragments) == 1 else "")
        for one in pressed:
            del self.widgets[one]
        return seconds

    def find(self, label: str) -> Element:
        """The first widget with this label. Raises KeyError."""
        for element in self.elements.values():
            if getattr(getattr(element, element.WhichOneof("type") or "", None), "label", None) == label:
                return element
        raise KeyError(f"no widget {label!r} among {self.labels()}")

    def labels(self) -> list[str]:
        """Labels of all labelled elements."""
        found = (getattr(element, element.WhichOneof("type") or "", None) for element in self.elements.values())
        return [one.label for one in found if getattr(one, "label", "")]

    async def _run(self, page_name: str = "", fragment: str = "") -> float:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash, asked.page_name = self.query, self.page, page_name
        asked.fragment_id = fragment
        asked.widget_states.widgets.extend(self.widgets.values())
        asked.cached_message_hashes.extend(self.cache)
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while not self._heard(await self.socket.recv(decode=False)):
                pass
        return time.perf_counter() - start

    def _heard(self, raw: bytes) -> bool:
        """Process a message. Returns True if it says that the page is drawn."""
        message = ForwardMsg.FromString(raw)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            place = message.metadata.delta_path
            message = self.cache[message.ref_hash]
            self._stands(place, message.delta.new_element)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            if message.metadata.cacheable:
                self.cache[message.hash] = message
            element = message.delta.new_element
            self.fragments[_id_of(element)] = message.delta.fragment_id
            self._stands(message.metadata.delta_path, message.delta.new_element)
        elif kind == "new_session":
            new = message.new_session
            self.elements = self.elements if message.metadata.run.fragment_ids else {}
            self.page, self.session = new.page_script_hash, new.initialize.session_id
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self.page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "page_not_found":
            self.errors.append(f"no page {message.page_not_found.page_name!r}")
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                self.errors.append("a page does not compile")
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _stands(self, place: Any, element: Element) -> None:
        self.elements["/".join(map(str, place))] = element
        if element.WhichOneof("type") == "exception":
            self.errors.append(f"{element.exception.type}: {element.exception.message}")
        if element.WhichOneof("type") == "alert" and element.alert.format == element.alert.ERROR:
            self.errors.append(element.alert.body)


def _id_of(element: Element) -> str:
    """Id of a widget; "" for any other element."""
    return getattr(getattr(element, element.WhichOneof("type") or "", None), "id", "")


def run(visit: Coroutine[Any, Any, T]) -> T:
    """Run a visit in a thread of its own: Playwright has an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, visit).result()
