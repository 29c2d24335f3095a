// Draws the figure of an explorer.Map, and reports clicks, outlines and the visible part to Python.
const LOADED = Symbol.for("embedding-explorer.plotly");

// plotly comes with the widget, compressed, so that notebooks work offline. It runs once per page, as a script: in a
// module it would be strict code. Its own `module` keeps it away from the loaders of a notebook.
function plotly(packed) {
  globalThis[LOADED] ??= run(packed);
  return globalThis[LOADED];
}

async function run(packed) {
  const code = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const script = document.createElement("script");
  script.module = { exports: {} };
  const before = "(function (module) { var define, exports = module.exports;\n";
  const after = "\n}).call(globalThis, document.currentScript.module);";
  script.src = URL.createObjectURL(new Blob([before, code, after], { type: "text/javascript" }));
  await new Promise((done, failed) => {
    script.onload = done;
    script.onerror = () => failed(new Error("This page does not allow the map's script (Content-Security-Policy: blob:)."));
    document.head.append(script);
  });
  URL.revokeObjectURL(script.src);
  script.remove();
  return script.module.exports;
}

// Whether the notebook is dark, by the marks of JupyterLab, VS Code and Colab, else by the color of the page.
function dark() {
  const { body, documentElement: root } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.dataset.vscodeThemeKind) return /dark|^vscode-high-contrast$/.test(body.dataset.vscodeThemeKind);
  if (root.getAttribute("theme")) return root.getAttribute("theme") === "dark";
  const [r, g, b, opacity = 1] = getComputedStyle(body).backgroundColor.match(/[\d.]+/g).map(Number);
  return opacity > 0 && 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
}

// Points are sent once; `model.set` keeps them for views that are opened later, and for a saved notebook.
function initialize({ model }) {
  model.on("msg:custom", ({ points }) => points && model.set("_points", { ...model.get("_points"), ...points }));
}

// The positions of the bits that are set, lowest bit of each byte first, in base64.
function setBits(text) {
  const found = [];
  [...atob(text)].forEach((sign, n) => {
    for (let bit = 0; bit < 8; bit++) if (sign.charCodeAt(0) & (1 << bit)) found.push(8 * n + bit);
  });
  return found;
}

function figure(model) {
  const { data, layout } = JSON.parse(model.get("_figure"));
  const points = model.get("_points");
  for (const trace of data) {
    if (!trace.customdata) continue;
    const rows = trace.customdata.bits ? setBits(trace.customdata.bits) : trace.customdata;
    const [title, lines, x, y, size] = [0, 1, 2, 3, 4].map((part) => rows.map((row) => points[row][part]));
    trace.customdata = rows.map((row, n) => [row, title[n], lines[n]]);
    Object.assign(trace, { x: Float32Array.from(x), y: Float32Array.from(y), marker: { ...trace.marker, size } });
  }
  return { data, layout };
}

async function render({ model, el }) {
  const Plotly = await plotly(model.get("_plotly"));
  const chart = document.createElement("div");
  chart.className = "embedding-explorer-map";
  el.style.width = "100%";
  el.append(chart);
  let moves = null;
  const draw = () => {
    if (moves?.busy()) return setTimeout(draw, 50);
    const { data, layout } = figure(model);
    return Plotly.react(chart, data, layout, model.get("_config"));
  };
  await draw();
  moves = panZoomPlotly(chart);

  let waiting = 0;
  let width = 0;
  const look = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const { xaxis, yaxis } = chart._fullLayout;
      model.send({ view: [...xaxis.range, ...yaxis.range].map(Number), width: chart.clientWidth });
    }, 200);
  };
  const mouse = { shift: false, moved: false, x: 0, y: 0 };
  const press = ({ clientX, clientY }) => Object.assign(mouse, { x: clientX, y: clientY });
  const release = ({ shiftKey, clientX, clientY }) => {
    Object.assign(mouse, { shift: shiftKey, moved: Math.hypot(clientX - mouse.x, clientY - mouse.y) > 4 });
  };
  const select = (selection) => model.send({ selection, shift: mouse.shift });
  const clear = () => model.send({ selection: {}, shift: false });

  addEventListener("mousedown", press, true);
  addEventListener("mouseup", release, true);
  chart.on("plotly_click", ({ points }) => {
    const point = points.find(({ customdata }) => customdata);
    if (point) select({ points: [{ customdata: [Number(point.customdata[0])] }] });
  });
  // Python computes the points inside an outline: of many items only some are drawn.
  chart.on("plotly_selected", (event) => {
    const part = (shape) => [{ x: [...shape.x], y: [...shape.y] }];
    if (event?.range) select({ box: part(event.range) });
    else if (event?.lassoPoints) select({ lasso: part(event.lassoPoints) });
  });
  chart.on("plotly_doubleclick", clear);
  chart.on("plotly_deselect", () => mouse.moved || clear()); // also sent when an outline is replaced
  chart.on("plotly_relayout", (change) => {
    if (Object.keys(change).some((key) => /^[xy]axis/.test(key))) look();
  });
  const sized = new ResizeObserver(() => {
    if (!chart.clientWidth || chart.clientWidth === width) return;
    width = chart.clientWidth;
    Plotly.Plots.resize(chart);
    look();
  });
  sized.observe(chart);
  let reported = false;
  const report = () => {
    if (dark() !== reported) model.send({ dark: (reported = dark()) });
  };
  const themed = new MutationObserver(report);
  for (const node of [document.documentElement, document.body]) themed.observe(node, { attributes: true });
  report();
  model.on("change:_figure", draw);
  return () => {
    model.off("change:_figure", draw);
    clearTimeout(waiting);
    sized.disconnect();
    themed.disconnect();
    removeEventListener("mousedown", press, true);
    removeEventListener("mouseup", release, true);
    Plotly.purge(chart);
  };
}

export default { initialize, render };
