// Pans and zooms a plotly chart of a map by panZoom, in place of plotly, which draws all points at each event.
const [POINTS, OTHERS] = [".gl-container", ".cartesianlayer, .layer-below, .layer-above, .selectionlayer"];
const ANEW = Symbol("passed on to plotly");

const viewOf = ({ xaxis, yaxis } = {}) => xaxis?.range && yaxis?.range && [xaxis.range, yaxis.range].map((one) => one.map(Number));

// Sets the ranges of both axes with plotly's button "Reset axes": Streamlit does not hand out Plotly.relayout.
function drawView(chart, view) {
  const axes = () => [chart._fullLayout.xaxis, chart._fullLayout.yaxis];
  const names = ["_rangeInitial0", "_rangeInitial1", "_showSpikeInitial"];
  const usual = axes().map((axis) => names.map((name) => axis[name]));
  const set = (values) => axes().forEach((axis, n) => names.forEach((name, m) => (axis[name] = values[n][m])));
  let drawn = null;
  const done = new Promise((resolve) => (drawn = resolve));
  chart.once("plotly_afterplot", drawn);
  set(view.map((range) => [...range, undefined]));
  chart.querySelector('.modebar-btn[data-attr="zoom"][data-val="reset"]').click();
  set(usual);
  return done;
}

// Draws the points alone, as plotly does while it drags a chart: a tenth of the time of the whole chart.
function drawPoints(chart, [x, y]) {
  const { _plots, _glcanvas } = chart._fullLayout;
  const scene = _plots.xy?._scene;
  if (!scene) return;
  scene.update({ range: [x[0], y[0], x[1], y[1]] });
  _glcanvas.each(({ regl, pick }) => regl && !pick && regl.clear({ color: [0, 0, 0, 0], depth: 1 }));
  scene.draw();
}

// Shows what is drawn, the view `of` and points of `ofPoints`, as another view. Labels follow their points, in their size.
function moveView(chart, of, ofPoints, to) {
  const { _size: { l, t, w, h }, annotations } = chart._fullLayout;
  for (const [parts, from] of [[POINTS, ofPoints], [OTHERS, of]]) {
    for (const part of chart.querySelectorAll(parts)) {
      part.style.transformOrigin = `${l}px ${t}px`;
      part.style.transform = to ? placed([w, h], from, to) : "";
    }
  }
  const { scale, shift } = placement([w, h], of, to ?? of);
  for (const label of chart.querySelectorAll(".annotation")) {
    const { x, y, xref } = annotations[label.dataset.index] ?? {};
    if (xref !== "x") continue;
    const at = [((x - of[0][0]) / span(of[0])) * w, ((of[1][1] - y) / span(of[1])) * h];
    label.style.transform = to ? `translate(${shift.map((one, axis) => `${one + (scale[axis] - 1) * at[axis]}px`)})` : "";
  }
}

function panZoomPlotly(chart) {
  const accepts = (event) => {
    const { dragmode } = chart._fullLayout;
    const keys = event.shiftKey || event.altKey || event.metaKey;
    if (chart.flying || !event.target.matches?.(".nsewdrag") || !viewOf(chart._fullLayout)) return false;
    return event.type === "wheel" ? chart._context._scrollZoom.cartesian : dragmode === "pan" && !keys && !event.ctrlKey;
  };
  const box = () => chart.querySelector(".nsewdrag").getBoundingClientRect();
  const click = (event) => {
    for (const type of ["mousedown", "mouseup"]) {
      const { clientX, clientY, detail } = event;
      const again = new MouseEvent(type, { bubbles: true, cancelable: true, view: window, clientX, clientY, detail });
      again[ANEW] = true;
      event.target.dispatchEvent(again);
    }
  };
  const view = () => viewOf(chart._fullLayout);
  let ofPoints = null; // the view of the points, if it is another one than that of the chart
  const draw = async (to) => {
    await drawView(chart, to);
    ofPoints = null;
  };
  const sketch = (to) => drawPoints(chart, (ofPoints = to));
  const move = (to) => moveView(chart, view(), ofPoints ?? view(), to);
  const moves = panZoom(chart, { accepts, box, view, draw, sketch, move, click });
  // Plotly must not see what is handled here. Pointer events come before those of the mouse and of touch.
  const hide = (event) => {
    if (event[ANEW] || !moves.busy()) return;
    event.stopPropagation();
    if (event.type !== "mousemove" && event.cancelable) event.preventDefault();
  };
  for (const type of ["mousedown", "mousemove", "touchstart", "touchmove"]) {
    chart.addEventListener(type, hide, { capture: true, passive: false });
  }
  return moves;
}
