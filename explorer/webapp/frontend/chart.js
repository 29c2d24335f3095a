// Sets the figure of a mounted chart, reports the visible part, and shows a card for the item under the pointer.
const known = new Map(); // address -> response

async function about(address) {
  if (!known.has(address)) {
    const answer = await fetch(address);
    known.set(address, answer.ok ? await answer.json() : null);
  }
  return known.get(address);
}

function filled(card, item) {
  const line = (name, text) => {
    const part = document.createElement("div");
    part.className = name;
    part.textContent = text;
    return part;
  };
  const values = item.values.map(({ text, color }) => {
    const value = document.createElement("span");
    value.style.setProperty("--dot", color || "transparent");
    value.textContent = text;
    return value;
  });
  const all = line("values", "");
  all.replaceChildren(...values);
  const attributes = item.attributes.map(({ label, text }) => `${label} ${text}`);
  const parts = [line("title", item.title), line("attributes", [item.beside, ...attributes].filter(Boolean).join(" · "))];
  const trust = item.trust ? [line("trust", item.trust)] : [];
  card.replaceChildren(...parts, ...(values.length ? [all] : []), ...trust);
}

function beside(card, { clientX, clientY }) {
  const [width, height] = [card.offsetWidth, card.offsetHeight];
  const left = clientX + 16 + width > window.innerWidth ? clientX - 16 - width : clientX + 16;
  const top = Math.min(Math.max(8, clientY - height / 2), window.innerHeight - height - 8);
  card.style.left = `${Math.max(8, left)}px`;
  card.style.top = `${top}px`;
}

// The positions of the bits that are set, lowest bit of each byte first.
function setBits(buffer) {
  const found = [];
  new Uint8Array(buffer).forEach((byte, n) => {
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) found.push(8 * n + bit);
  });
  return Uint32Array.from(found).buffer;
}

// Inserts the large arrays into the figure.
function whole(value, parts) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((one) => whole(one, parts));
  const { part, bits, ...rest } = value;
  if (part !== undefined) {
    const { content } = window.explorerColumns.get(part);
    return bits ? { ...rest, dtype: "u4", bdata: setBits(content) } : { ...rest, bdata: content };
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, whole(one, parts)]));
}

const arrived = (parts) =>
  Object.entries(parts).every(([part, digest]) => window.explorerColumns?.get(part)?.digest === digest);

// Hides canvases that show nothing: where no graphics card draws, each one that is shown takes as long as all points.
function hideEmpty(chart) {
  const selected = chart._fullData.some(({ selectedpoints }) => selectedpoints);
  for (const canvas of chart.querySelectorAll(".gl-canvas-focus")) canvas.style.visibility = selected ? "" : "hidden";
  for (const canvas of chart.querySelectorAll(".gl-canvas-pick")) canvas.style.visibility = "hidden";
}

// Streamlit's chart redraws the figure passed with a plotly event.
function drawn(chart, { data, layout, names }) {
  const { width, template, dragmode, clickmode } = chart.layout;
  const annotations = (names.text ?? []).map((_, n) =>
    Object.fromEntries(Object.entries(names).map(([what, column]) => [what, column[n]])),
  );
  chart.data = data;
  chart.layout = { ...layout, annotations, width, template, dragmode, clickmode };
  chart.emit("plotly_redraw");
}

const still = matchMedia("(prefers-reduced-motion: reduce)");
const [STEPS, LASTS] = [12, 450]; // keyframes and milliseconds of a zoom

// A view between two others: its size is interpolated geometrically around the fixed point.
function between(from, to, part) {
  return [0, 1].map((axis) => {
    const [start, end] = [span(from[axis]), span(to[axis])];
    const size = start ** (1 - part) * end ** part;
    const share = Math.abs(end - start) < 1e-9 * start ? part : (start - size) / (start - end);
    const center = middle(from[axis]) + (middle(to[axis]) - middle(from[axis])) * share;
    return [center - size / 2, center + size / 2];
  });
}

// Animates the picture of a view (`of`) from `start` to `end`; labels fade out.
async function flown(chart, of, start, end, names) {
  const { w, h } = chart._fullLayout._size;
  const parts = chart.querySelectorAll(".gl-container, .cartesianlayer, .layer-below");
  const keyframes = Array.from({ length: STEPS + 1 }, (_, step) => ({
    transform: placed([w, h], of, between(start, end, step / STEPS)),
    transformOrigin: "0 0",
  }));
  const flights = [...parts].map((part) => part.animate(keyframes, { duration: LASTS, easing: "ease-in-out", fill: "forwards" }));
  const fading = chart.querySelector(".infolayer")?.animate({ opacity: names }, { duration: LASTS / 2, fill: "forwards" });
  const landed = Promise.allSettled(flights.map(({ finished }) => finished));
  await Promise.race([landed, new Promise((done) => setTimeout(done, 2 * LASTS))]); // animations pause in background tabs
  return () => [...flights, fading].forEach((one) => one?.cancel());
}

// Replaces the addresses of tiles by their pictures, which plotly would draw later than the points.
async function fetched({ images = [] }) {
  const inlined = async (image) => {
    if (image.source.startsWith("data:")) return image;
    const answer = await fetch(image.source);
    const reader = new FileReader();
    const read = new Promise((done) => reader.addEventListener("load", done));
    reader.readAsDataURL(await answer.blob());
    await read;
    return answer.ok && { ...image, source: reader.result };
  };
  return (await Promise.all(images.map((image) => inlined(image).catch(() => null)))).filter(Boolean);
}

// Draws a figure; animates to it if it is another part of the same map.
async function shown(chart, figure, same) {
  const [from, to] = [viewOf(chart._fullLayout), viewOf(figure.layout)];
  const tiles = fetched(figure.layout);
  const complete = async () => drawn(chart, { ...figure, layout: { ...figure.layout, images: await tiles } });
  const flies = same && from && to && !still.matches && chart._fullLayout.uirevision !== figure.layout.uirevision;
  if (!flies) return complete();
  if (span(to[0]) < span(from[0])) {
    chart.flying = true;
    const end = await flown(chart, from, from, to, [1, 0]);
    chart.flying = false;
    await tiles;
    if (!chart.once) return end(); // the page was left in the meantime
    chart.once("plotly_afterplot", end);
    return complete();
  }
  await tiles;
  chart.once("plotly_afterplot", async () => (await flown(chart, to, from, to, [0, 1]))());
  return complete();
}

// The points in view with their rows, sorted by distance from a position.
function nearest(chart, place) {
  const axes = [chart._fullLayout.xaxis, chart._fullLayout.yaxis];
  const [ranges, size] = [axes.map(({ range }) => range.map(Number)), [chart._fullLayout._size.w, chart._fullLayout._size.h]];
  const from = place ?? ranges.map(middle);
  const points = new Map();
  for (const { x, y, customdata, visible } of chart._fullData) {
    if (!customdata || !x || visible !== true) continue;
    for (let n = 0; n < x.length; n++) {
      const at = [x[n], y[n]];
      if (at.some((value, axis) => value < ranges[axis][0] || value > ranges[axis][1])) continue;
      const far = Math.hypot(...at.map((value, axis) => ((value - from[axis]) / span(ranges[axis])) * size[axis]));
      points.set(customdata[n][0], { row: customdata[n][0], at, far });
    }
  }
  return [...points.values()].sort((one, other) => one.far - other.far);
}

// Screen position of a point on the map.
function onScreen(chart, [x, y]) {
  const [box, { xaxis, yaxis }] = [chart.getBoundingClientRect(), chart._fullLayout];
  return { clientX: box.x + xaxis._offset + xaxis.l2p(x), clientY: box.y + yaxis._offset + yaxis.l2p(y) };
}

const STEP = { ArrowRight: 1, ArrowDown: 1, n: 1, ArrowLeft: -1, ArrowUp: -1, p: -1 };
const ZOOM = { "+": 1.5, "-": 1 / 1.5 };

// The colors of the values of some points: [name, color]. Numbers have a color bar instead.
function legend(chart) {
  const coloured = chart._fullData.find(({ meta }) => meta?.length);
  const there = new Set(coloured?.marker.color);
  const colour = (n) => coloured.marker.colorscale[2 * n][1];
  return (coloured?.meta ?? []).map((name, n) => [name, colour(n), there.has(n)]).filter(([, , has]) => has);
}

const [EDGE, SPACE, ROW] = [6, 18, 20]; // pixels: left margin, gap between names, line height

// The legend below a saved image, in lines as wide as the image.
function captions(chart, width) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `12px ${chart._fullLayout.font.family}`;
  let [x, line] = [EDGE, 0];
  const texts = legend(chart).map(([name, colour]) => {
    const long = pen.measureText(`● ${name}`).width + SPACE;
    if (x > EDGE && x + long > width) [x, line] = [EDGE, line + 1];
    const at = { x: 0, y: 0, xref: "paper", yref: "paper", xanchor: "left", yanchor: "top", showarrow: false };
    x += long;
    return { ...at, xshift: x - long, yshift: -4 - ROW * line, text: `<span style="color:${colour}">●</span> ${name}` };
  });
  return { texts, height: texts.length ? ROW * (line + 1) + 8 : 0 };
}

// Saves the chart with plotly's button in a given format, with a legend.
function saved(chart, format) {
  const [usual, layout, { width, height }] = [chart._context.toImageButtonOptions, chart.layout, chart._fullLayout];
  const below = captions(chart, width);
  chart.layout = {
    ...layout,
    annotations: [...(layout.annotations ?? []), ...below.texts],
    margin: { ...layout.margin, b: below.height },
  };
  chart._context.toImageButtonOptions = { ...usual, format, height: height + below.height };
  chart.querySelector('.modebar-btn[data-title^="Download plot"]').click();
  chart._context.toImageButtonOptions = usual;
  chart.layout = layout;
}

// The last mouse release: whether shift was held, and whether the mouse had moved.
const mouse = { shift: false, moved: false, x: 0, y: 0 };
addEventListener("mousedown", ({ clientX, clientY }) => Object.assign(mouse, { x: clientX, y: clientY }), true);
addEventListener("mouseup", ({ shiftKey, clientX, clientY }) => {
  Object.assign(mouse, { shift: shiftKey, moved: Math.hypot(clientX - mouse.x, clientY - mouse.y) > 4 });
}, true);

// Streamlit receives only the last shape and whether shift was held; the server computes the points inside it.
function drawnLast(event) {
  const last = event?.selections?.at(-1);
  if (!last) return;
  event.points = [];
  event.selections = [mouse.shift ? { ...last, xref: `shift ${last.xref}` } : last];
}

export default function ({ data, parentElement, setStateValue }) {
  parentElement.stop?.(); // Streamlit calls this again for new data without cleaning up the last call
  const card = parentElement.querySelector("aside");
  const given = JSON.parse(data.figure);
  given.layout.meta = data.digest;
  const of = given.layout.uirevision;
  parentElement.querySelector("nav").replaceChildren(
    ...data.save.map((format) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = format.toUpperCase();
      button.title = `Download the map as ${format.toUpperCase()}`;
      button.onclick = () => heard && saved(heard.chart, format);
      return button;
    }),
  );
  let heard = null; // the chart and its `on`, which changes when the chart is mounted again
  let figure = null;
  let tried = 0;
  let under = null;
  let waiting = 0;
  let clicking = 0;

  // The element remembers a view that is not yet reported: new data from the server replace this call and its timer.
  const moved = (chart) => {
    clearTimeout(waiting);
    parentElement.unreported = of;
    waiting = setTimeout(() => {
      parentElement.unreported = null;
      const { xaxis, yaxis } = chart.layout;
      setStateValue("view", { of, range: [...xaxis.range, ...yaxis.range].map(Number) });
    }, 200);
  };
  // The server places labels for a given width of the chart; report the actual one.
  const measured = ({ clientWidth }) => {
    if (data.width && clientWidth && Math.abs(clientWidth - data.width) > data.width / 8) setStateValue("width", clientWidth);
  };
  const over = async ({ points, event }) => {
    const row = points.find((point) => point.customdata)?.customdata[0];
    if (row === undefined || !data.address) return;
    under = row;
    const item = await about(data.address.replace("{row}", row)).catch(() => null);
    if (under !== row || !item) return;
    filled(card, item);
    card.hidden = false;
    beside(card, event);
  };
  const out = () => {
    under = null;
    card.hidden = true;
  };
  // A click on a point may be followed by an event with an empty selection.
  const clicked = (row, held = false) => {
    clearTimeout(clicking);
    const tell = () => setStateValue("clicked", { row, shift: Boolean(held), at: Date.now() });
    if (data.clicks) row === null ? (clicking = setTimeout(tell, 40)) : tell();
  };
  // Keyboard navigation of points: from the center of the view outward, then outward from the opened point.
  const mark = parentElement.querySelector("i");
  const unmark = () => {
    if (heard) heard.chart.walk = null;
    mark.hidden = true;
  };
  const walked = ({ key, shiftKey }, chart) => {
    const { walk } = chart;
    if (key !== "Enter") return walk ? { ...walk, now: Math.min(Math.max(0, walk.now + STEP[key]), walk.points.length - 1) } : { points: nearest(chart), now: 0 };
    const { row, at } = walk.points[walk.now];
    clicked(row, shiftKey);
    return { points: nearest(chart, at), now: 0 };
  };
  const key = async (event) => {
    const { chart } = heard ?? {};
    if (event.key in ZOOM && event.target === chart && !event.ctrlKey && !event.metaKey) chart.panZoom?.zoom(ZOOM[event.key]);
    const asked = event.key in STEP || (event.key === "Enter" && chart?.walk);
    if (!asked || !data.clicks || !chart?._fullLayout.xaxis?.range || event.target !== chart || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    chart.walk = walked(event, chart);
    const point = chart.walk.points[chart.walk.now];
    if (!point) return unmark();
    const place = onScreen(chart, point.at);
    mark.hidden = false;
    mark.style.left = `${place.clientX}px`;
    mark.style.top = `${place.clientY}px`;
    await over({ points: [{ customdata: [point.row] }], event: place });
    parentElement.querySelector("[role=status]").textContent = card.hidden ? "" : card.innerText;
  };
  const leave = () => {
    unmark();
    out();
  };
  const listeners = {
    plotly_relayout: (change) => {
      leave();
      if (of && Object.keys(change).some((key) => key.includes("axis"))) moved(heard.chart);
    },
    plotly_afterplot: () => hideEmpty(heard.chart),
    plotly_hover: over,
    plotly_unhover: out,
    plotly_click: ({ points, event }) => {
      const [point] = points;
      if (point?.customdata) clicked(point.customdata[0], event?.shiftKey);
    },
    // Plotly also sends this event when its own outline is replaced.
    plotly_deselect: () => mouse.moved || clicked(null),
    plotly_doubleclick: () => clicked(null),
  };
  const look = () => {
    const name = CSS.escape(data.chart.replace(/[^a-zA-Z0-9_-]/g, "-"));
    const chart = document.querySelector(`.st-key-${name} .js-plotly-plot`);
    if (chart?.on && chart.layout && chart.on !== heard?.on) {
      heard = { chart, on: chart.on };
      for (const [event, listener] of Object.entries(listeners)) chart.on(event, listener);
      chart._ev.removeListener("plotly_selected", drawnLast);
      chart._ev.prependListener("plotly_selected", drawnLast); // before Streamlit's own
      measured(chart);
      if (of && parentElement.unreported === of) moved(chart);
      if (data.label) {
        chart.setAttribute("role", data.clicks ? "application" : "img");
        chart.setAttribute("aria-label", data.label);
      }
      if (data.clicks) chart.tabIndex = 0;
      if (chart._context._scrollZoom.cartesian) chart.panZoom ??= panZoomPlotly(chart);
      chart.addEventListener("keydown", key);
      chart.addEventListener("blur", leave);
      addEventListener("scroll", leave, true);
    }
    if (heard && data.clicks) heard.chart._fullLayout.clickmode = "event"; // Streamlit sets it to none
    if (!figure && arrived(data.parts)) figure = whole(given, data.parts);
    // A chart that was just mounted may not listen yet, or may restore its old figure: retry until it shows this one.
    if (heard?.chart.once && !heard.chart.flying && !heard.chart.panZoom?.busy() && figure && heard.chart._fullLayout?.meta !== figure.layout.meta && performance.now() - tried > 150) {
      tried = Infinity;
      shown(heard.chart, figure, heard.chart.shows === data.address).finally(() => (tried = performance.now()));
      heard.chart.shows = data.address;
    }
  };
  look();
  const looking = setInterval(look, 30);
  addEventListener("explorercolumn", look);
  parentElement.stop = () => {
    clearInterval(looking);
    removeEventListener("explorercolumn", look);
    clearTimeout(waiting);
    clearTimeout(clicking);
    heard?.chart.removeEventListener("keydown", key);
    heard?.chart.removeEventListener("blur", leave);
    removeEventListener("scroll", leave, true);
    if (heard?.chart.removeListener) for (const [event, one] of Object.entries(listeners)) heard.chart.removeListener(event, one);
  };
  return parentElement.stop;
}
