// A color bar with two handles; values beyond them have the end colors.
const WAIT = 200; // milliseconds after the last step of a handle

function made(tag, className, parent) {
  const node = document.createElement(tag);
  node.className = className;
  parent.append(node);
  return node;
}

function build(box) {
  const track = made("div", "track", box);
  const handles = [0, 1].map(() => Object.assign(made("input", "", track), { type: "range", min: 0, step: 1 }));
  const row = made("div", "row", box);
  const [low, middle, high] = ["bdi", "div", "bdi"].map((tag) => made(tag, tag === "div" ? "middle" : "", row));
  const label = made("bdi", "label", middle);
  const reset = Object.assign(made("button", "", middle), { type: "button", textContent: "Reset" });
  return { track, handles, texts: [low, high], label, reset };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector("div");
  const { track, handles, texts, label, reset } = (box.parts ??= build(box));
  const last = data.texts.length - 1;
  const draw = () => {
    const at = handles.map((handle) => Number(handle.value));
    const [low, high] = at.map((step) => (100 * step) / last);
    const stops = data.shades.map((shade, n) => `${shade} ${low + ((high - low) * n) / (data.shades.length - 1)}%`);
    track.style.setProperty("--shades", `linear-gradient(to right, ${stops.join(", ")})`);
    texts.forEach((text, n) => (text.textContent = `${["≤", "≥"][n]} ${data.texts[at[n]]}`));
    handles.forEach((handle, n) => handle.setAttribute("aria-valuetext", data.texts[at[n]]));
  };
  const send = (steps) => {
    clearTimeout(box.waiting);
    box.waiting = setTimeout(() => setTriggerValue("steps", steps), WAIT);
  };
  handles.forEach((handle, n) => {
    handle.max = last;
    handle.setAttribute("aria-label", `${data.label}, ${["first", "last"][n]} color`);
    handle.oninput = () => {
      const other = Number(handles[1 - n].value);
      handle.value = n === 0 ? Math.min(handle.value, other - 1) : Math.max(handle.value, other + 1);
      draw();
    };
    handle.onchange = () => send(handles.map((one) => Number(one.value)));
    handle.value = data.steps[n];
  });
  label.textContent = data.label;
  reset.hidden = !data.set;
  reset.onclick = () => send([]);
  draw();
}
