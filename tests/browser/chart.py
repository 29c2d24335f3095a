"""A plotly chart in a browser tab: its properties, points and mouse actions."""

from tests import PATIENCE


def figure(tab, what):
    """A property of the chart as drawn by plotly."""
    # Plotly sets its element's class before it has drawn anything, so wait for the drawing.
    drawn = "document.querySelector('.js-plotly-plot')"
    asked = f"() => {{ const plot = {drawn}; return plot?._fullData?.length > 0 && {{ value: {what} }}; }}"
    return tab.page.wait_for_function(asked, timeout=1000 * PATIENCE).json_value()["value"]


PIXEL = """(plot, row) => {
  for (const { x, y, customdata } of plot._fullData) {
    const n = customdata ? [...customdata].findIndex((one) => one[0] === row) : -1;
    if (n < 0) continue;
    const { xaxis, yaxis } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    return [box.x + xaxis._offset + xaxis.l2p(x[n]), box.y + yaxis._offset + yaxis.l2p(y[n])];
  }
}"""


def pixel(tab, row: int) -> tuple[float, float]:
    """Screen position of a point."""
    tab.until(lambda: tab.page.locator(".js-plotly-plot").first.evaluate(PIXEL, row))
    x, y = tab.page.locator(".js-plotly-plot").first.evaluate(PIXEL, row)
    return x, y


def drag(tab, x: float, y: float, to: tuple[float, float]):
    """Draw a box from one corner to the other."""
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(*to, steps=5)
    tab.page.mouse.up()


def inside(tab, x: float, y: float) -> dict[str, float]:
    box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    return {"x": x - box["x"], "y": y - box["y"]}
