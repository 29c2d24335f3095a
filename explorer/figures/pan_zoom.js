// Pans and zooms a picture of a plane with mouse, wheel and touch: for the pages, the notebook widget and the offline
// page. Many points take longer to draw than a frame lasts, so between two drawings the last one is moved by CSS.
const RESTS = 180; // milliseconds after the last turn of the wheel until the picture is drawn
const CLICK = 4; // pixels: a pointer that moves less clicks

const span = ([low, high]) => high - low;
const middle = ([low, high]) => (low + high) / 2;

// Scale and shift in pixels, on both axes, that place a picture of size [w, h] of one view within another.
function placement([w, h], from, to) {
  const scale = [0, 1].map((axis) => span(from[axis]) / span(to[axis]));
  const x = ((from[0][0] - to[0][0]) / span(to[0])) * w;
  const y = ((to[1][1] - from[1][1]) / span(to[1])) * h;
  return { scale, shift: [x, y] };
}

// The same as a CSS transform.
function placed(size, from, to) {
  const { scale, shift } = placement(size, from, to);
  return `translate(${shift[0]}px, ${shift[1]}px) scale(${scale})`;
}

// A view is [[x0, x1], [y0, y1]]. picture: `accepts(event)`; `box()`, its place on the screen; `view()`, the view that is
// drawn; `draw(view)`, which may return a promise; `sketch(view)`, which draws the points alone; `move(view)`, which moves
// what is drawn there, without a view back; `click(event)`. Returns `zoom(factor)` and `busy()`.
function panZoom(area, picture) {
  const pointers = new Map(); // id -> last event
  let to = null; // the view asked for; null at rest
  let drawing = null; // promise
  let [start, moved, frame, waiting, due] = [null, false, 0, 0, 0];

  const step = () => {
    frame = 0;
    if (!to || drawing) return;
    const now = performance.now();
    if (now >= due) {
      picture.sketch(to);
      due = Infinity;
      // Sketches may take a third of the time. Where no graphics card draws, most of it passes after this script.
      requestAnimationFrame(() => requestAnimationFrame(() => (due = 3 * performance.now() - 2 * now)));
    }
    picture.move(to);
  };
  const end = async () => {
    clearTimeout(waiting);
    await drawing;
    if (!to) return;
    const last = to;
    drawing = picture.draw(last);
    await drawing;
    drawing = null;
    if (to === last && !pointers.size) to = null;
    picture.move(to);
  };
  const ask = (view) => {
    to = view;
    frame ||= requestAnimationFrame(step);
    clearTimeout(waiting);
    if (!pointers.size) waiting = setTimeout(end, RESTS);
  };
  const shifted = (view, dx, dy, { width, height }) =>
    view.map(([low, high], axis) => {
      const by = axis ? (dy / height) * (high - low) : (-dx / width) * (high - low);
      return [low + by, high + by];
    });
  const zoomed = (view, factor, x, y, { left, top, width, height }) =>
    view.map(([low, high], axis) => {
      const at = low + (high - low) * (axis ? 1 - (y - top) / height : (x - left) / width);
      return [at + (low - at) / factor, at + (high - at) / factor];
    });

  const press = (event) => {
    if (event.button || !picture.accepts(event)) return;
    if (!pointers.size) [start, moved] = [event, false];
    pointers.set(event.pointerId, event);
    event.target.setPointerCapture(event.pointerId);
  };
  const drag = (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const apart = ({ clientX, clientY }, other) => Math.hypot(clientX - other.clientX, clientY - other.clientY);
    if (!moved && apart(event, start) < CLICK) return;
    moved = true;
    const [box, other] = [picture.box(), [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId)];
    const share = other ? 0.5 : 1; // the middle between two fingers moves half as far as one of them
    const [dx, dy] = [share * (event.clientX - before.clientX), share * (event.clientY - before.clientY)];
    let view = shifted(to ?? picture.view(), dx, dy, box);
    if (other) {
      const at = [(event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2];
      view = zoomed(view, Math.max(1, apart(event, other)) / Math.max(1, apart(before, other)), ...at, box);
    }
    pointers.set(event.pointerId, event);
    ask(view);
  };
  const release = (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size) return;
    if (moved) end();
    else if (event.type === "pointerup") picture.click(event);
  };
  const wheel = (event) => {
    if (!picture.accepts(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const pixels = Math.max(-100, Math.min(100, event.deltaY * (event.deltaMode ? 30 : 1)));
    const factor = Math.exp((-pixels * (event.ctrlKey ? 8 : 1)) / 400); // a pinch on a touchpad sends small steps with ctrl
    ask(zoomed(to ?? picture.view(), factor, event.clientX, event.clientY, picture.box()));
  };
  area.style.touchAction = "none";
  const capture = { capture: true, passive: false };
  area.addEventListener("pointerdown", press, capture);
  area.addEventListener("pointermove", drag, capture);
  for (const type of ["pointerup", "pointercancel"]) area.addEventListener(type, release, capture);
  area.addEventListener("wheel", wheel, capture);
  const zoom = (factor) => {
    const box = picture.box();
    ask(zoomed(to ?? picture.view(), factor, box.left + box.width / 2, box.top + box.height / 2, box));
  };
  return { zoom, busy: () => to !== null || pointers.size > 0 };
}
