// A small map: faint points for all items, highlighted ones for an item and its nearest, titles under the pointer.
// It is drawn on a canvas, so the page need not load a charting library.
function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

function draw(canvas, points, data, style) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const place = (x, y) => [8 + (x / 65535) * (width - 16), 8 + (1 - y / 65535) * (height - 16)];
  pen.fillStyle = style.getPropertyValue("--st-text-color");
  pen.globalAlpha = 0.2;
  for (let n = 0; n < points.length; n += 2) {
    const [x, y] = place(points[n], points[n + 1]);
    pen.fillRect(x - 1, y - 1, 2, 2);
  }
  pen.globalAlpha = 1;
  const spots = data.spots.map((spot) => ({ ...spot, at: place(spot.x, spot.y) }));
  for (const { at, kind } of spots) {
    pen.beginPath();
    pen.arc(...at, kind === "near" ? 4 : 7, 0, 2 * Math.PI);
    pen.fillStyle = pen.strokeStyle = kind === "near" ? style.getPropertyValue("--st-primary-color") : data.accent;
    pen.lineWidth = 3;
    kind === "ring" ? pen.stroke() : pen.fill();
  }
  return spots;
}

export default function ({ data, parentElement }) {
  const canvas = parentElement.querySelector("canvas");
  const tip = parentElement.querySelector("span");
  const points = decoded(data.points);
  let spots = [];
  const redraw = () => (spots = draw(canvas, points, data, getComputedStyle(canvas)));
  canvas.style.height = `${data.height}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", data.label);
  parentElement.stop?.(); // clean up the previous drawing
  const watcher = new ResizeObserver(redraw);
  watcher.observe(canvas);
  canvas.onpointermove = ({ offsetX, offsetY }) => {
    const near = spots.findLast(({ at: [x, y] }) => Math.hypot(x - offsetX, y - offsetY) < 9);
    tip.textContent = near?.title ?? "";
    tip.style.cssText = near ? `left:${near.at[0]}px;top:${near.at[1]}px` : "display:none";
  };
  canvas.onpointerleave = () => (tip.style.display = "none");
  parentElement.stop = () => watcher.disconnect();
  return parentElement.stop;
}
