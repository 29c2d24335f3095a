"""The widget's script in Chromium with a substitute for Jupyter's model: drawing and selection."""

import base64
import json

import pytest

import explorer
from explorer.widget import notebook_map

pytestmark = pytest.mark.browser
# Jupyter's model: what anywidget passes to `render`.
PAGE = """async ({ code, state, packed }) => {
  const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
  const values = { ...state, _plotly: new DataView(bytes.buffer) };
  const listeners = new Map();
  window.model = {
    get: (name) => values[name],
    set(name, value) { values[name] = value; listeners.get(`change:${name}`)?.(); },
    receive: (message) => listeners.get("msg:custom")(message),
    send: (message) => window.toPython(JSON.stringify(message)),
    on: (event, listener) => listeners.set(event, listener),
    off: (event) => listeners.delete(event),
  };
  window.define = Object.assign(() => { throw Error("not for a loader"); }, { amd: {} }); // as in the classic notebook
  const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const el = document.body.appendChild(document.createElement("div"));
  module.default.initialize({ model: window.model });
  window.stop = await module.default.render({ model: window.model, el });
}"""
PLACES = """() => {
  const chart = document.querySelector(".js-plotly-plot");
  const { left, top } = chart.getBoundingClientRect();
  const { xaxis, yaxis } = chart._fullLayout;
  const { x, y, customdata } = chart._fullData.find(({ customdata }) => customdata);
  const at = (n) => [left + xaxis._offset + xaxis.l2p(x[n]), top + yaxis._offset + yaxis.l2p(y[n])];
  return [...x].map((_, n) => [...at(n), customdata[n][1]]);
}"""
CHART = "document.querySelector('.js-plotly-plot')"


@pytest.fixture
def opened(browser, colours, monkeypatch):
    """A widget and a page that shows it; messages from the page are handled, and the new figure is sent back."""
    monkeypatch.setattr(notebook_map, "MANY", 10)
    widget = explorer.Map(colours)
    page = browser.new_page(viewport={"width": 900, "height": 800})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("blob:", "data:")) or complaints.append(request.url))

    sent: list[dict] = []
    page.expose_function("toPython", lambda text: sent.append(json.loads(text)))
    state = {"_figure": widget._figure, "_config": widget._config, "_points": widget.get_state()["_points"]}
    widget.send = lambda message: page.evaluate("message => window.model.receive(message)", message)
    packed = base64.b64encode(widget._plotly).decode()
    page.evaluate(PAGE, {"code": widget._esm, "state": state, "packed": packed})

    def answer() -> None:
        """Wait for a message from the page, then send it the new figure."""
        for _ in range(100):
            page.wait_for_timeout(100)
            if sent:
                break
        page.wait_for_timeout(400)  # ms; the view is reported 200 ms after it changed
        while sent:
            widget._handle_custom_msg(sent.pop(0), [])
        draw()

    def draw() -> None:
        page.evaluate("text => window.model.set('_figure', text)", widget._figure)

    answer.draw = draw
    yield widget, page, answer
    page.close()
    assert complaints == []


def test_widget_draws_and_selects(opened):
    widget, page, answer = opened
    answer()
    places = {title: (x, y) for x, y, title in page.evaluate(PLACES)}
    assert len(places) == 24
    assert widget._width == page.evaluate(f"{CHART}.clientWidth")
    assert page.locator(".modebar-btn[data-title='Lasso Select']").count() == 1
    assert page.locator(".modebar-btn[data-title^='Share']").count() == 0  # no data is sent to plotly's server
    page.mouse.click(*places["Green 3"])
    answer()
    assert widget.selected == ["Green 3"]
    points = f"{CHART}._fullData.find(({{ customdata }}) => customdata)"
    assert page.evaluate(f"{points}.selectedpoints.length") == 1

    page.locator(".modebar-btn[data-title='Box Select']").click()
    (x, y), (_, low) = places["Blue 1"], places["Blue 0"]
    page.mouse.move(x - 15, low + 12)
    page.mouse.down()
    page.mouse.move(x, y)
    page.mouse.move(x + 15, y - 12)
    page.mouse.up()
    answer()
    assert widget.selected == ["Blue 0", "Blue 1"]

    widget.where = "year < 1990"
    answer.draw()
    assert len(page.evaluate(PLACES)) == 8
    page.mouse.dblclick(*places["Green 6"])
    answer()
    assert widget.selected == []
    page.evaluate("window.stop()")


def test_widget_follows_the_theme_and_receives_new_points(opened):
    widget, page, answer = opened
    answer()
    widget.where = "year < 1990"
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    answer()
    color = page.evaluate(f"getComputedStyle({CHART}.querySelector('.main-svg')).backgroundColor")
    assert color == "rgb(21, 22, 26)"
    widget.where = ""
    answer.draw()
    assert {title for _, _, title in page.evaluate(PLACES)} == set(widget.embedding.items["title"])
