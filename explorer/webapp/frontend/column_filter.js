// The filter of one column: chips with counts, a histogram with two handles, or a text; and known or unknown values.
// Texts are set as text content, never as HTML.
const MANY = 30; // least number of values for a search box
const STEPS = 1000; // most positions of a handle

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function button(className, text, onclick) {
  const node = element("button", className, text);
  node.type = "button";
  node.onclick = onclick;
  return node;
}

function input(type, label, value) {
  const node = element("input", type);
  node.type = type;
  node.value = value ?? "";
  node.setAttribute("aria-label", label);
  return node;
}

function chips(data, send, kept) {
  const chosen = new Set(data.values);
  const box = element("div", "chips");
  const pick = (values) => send({ values, mode: data.mode });
  const draw = () => {
    const text = (kept.search ?? "").toLowerCase();
    const fitting = data.chips.filter(([name, label]) => chosen.has(name) || label.toLowerCase().includes(text));
    fitting.sort((a, b) => chosen.has(b[0]) - chosen.has(a[0]));
    const shown = data.chips.length > MANY ? fitting.slice(0, MANY) : data.chips;
    box.replaceChildren(
      ...shown.map(([name, label, color, count]) => {
        const on = chosen.has(name);
        const chip = button(chosen.size && !on ? "chip off" : "chip", "", () =>
          pick(on ? data.values.filter((value) => value !== name) : [...data.values, name]),
        );
        chip.setAttribute("aria-pressed", on);
        chip.style.setProperty("--dot", color);
        chip.append(element("bdi", "", label), element("span", "count", count.toLocaleString("en")));
        if (!count) chip.classList.add("none");
        return chip;
      }),
    );
    const hidden = fitting.length - shown.length + (text ? 0 : data.more);
    if (hidden > 0) box.append(element("span", "note", `${hidden.toLocaleString("en")} more: search for them`));
  };
  const parts = [box];
  if (data.chips.length > MANY) {
    const search = input("search", `Search ${data.label}`, kept.search);
    search.placeholder = "Search values";
    search.oninput = () => {
      kept.search = search.value;
      draw();
    };
    // If there are many values, the browser does not have all of them: let the server look up the name.
    search.onkeydown = (event) => {
      if (event.key === "Enter" && search.value) pick([...data.values, search.value]);
    };
    parts.unshift(search);
  }
  if (data.modes.length && chosen.size) {
    const modes = element("div", "modes");
    const words = { any: "any of these", all: "all of these", only: "only these" };
    for (const mode of data.modes) {
      const choice = button("mode", words[mode], () => send({ values: data.values, mode }));
      choice.setAttribute("aria-pressed", mode === data.mode);
      modes.append(choice);
    }
    parts.push(modes);
  }
  draw();
  return parts;
}

// A number or date at a share (0 to 1) of the histogram, and back.
function scale(data) {
  const { edges } = data;
  const last = edges.length - 1;
  const day = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 10);
  return {
    value(share) {
      const at = share * last;
      const n = Math.min(Math.floor(at), last - 1);
      const exact = edges[n] + (at - n) * (edges[n + 1] - edges[n]);
      if (data.date) return day(exact);
      return data.whole ? Math.round(exact) : Number(exact.toPrecision(3));
    },
    share(value) {
      const number = data.date ? Date.parse(value) : Number(value);
      if (!(number > edges[0])) return 0;
      const n = edges.findIndex((edge, i) => i < last && number < edges[i + 1]);
      return n < 0 ? 1 : (n + (number - edges[n]) / (edges[n + 1] - edges[n])) / last;
    },
  };
}

function range(data, send) {
  const { value, share } = scale(data);
  const most = Math.max(1, ...data.counts);
  // A key moves a handle by one where that is enough.
  const span = Math.round(data.edges.at(-1) - data.edges[0]);
  const steps = data.whole && !data.date && span > 0 && span < STEPS ? span : STEPS;
  const bars = element("div", "bars");
  const columns = data.counts.map((count) => {
    const bar = element("span", "bar");
    bar.style.height = count ? `${Math.max(4, 100 * Math.sqrt(count / most))}%` : "0";
    bar.title = count.toLocaleString("en");
    bars.append(bar);
    return bar;
  });
  const ends = [data.low, data.high];
  const sides = ["lowest", "highest"];
  const handles = sides.map((side, n) => {
    const handle = input("range", `${data.label}, ${side}`);
    Object.assign(handle, { min: 0, max: steps, step: 1, value: steps * (ends[n] === null ? n : share(ends[n])) });
    return handle;
  });
  const texts = sides.map((side, n) => {
    const text = input(data.date ? "date" : "number", `${data.label}, ${side}, typed`);
    text.step = "any";
    if (ends[n] !== null) text.value = data.date ? String(ends[n]).slice(0, 10) : ends[n];
    text.placeholder = side;
    return text;
  });
  const light = () => {
    const [low, high] = handles.map((handle) => handle.value / steps);
    columns.forEach((bar, n) => {
      const middle = (n + 0.5) / columns.length;
      bar.classList.toggle("out", middle < low || middle > high);
    });
  };
  const sent = (low, high) => send({ low, high });
  handles.forEach((handle, n) => {
    handle.oninput = () => {
      const other = Number(handles[1 - n].value);
      if (n === 0 ? handle.value > other : handle.value < other) handle.value = other;
      ends[n] = Number(handle.value) === n * steps ? null : value(handle.value / steps);
      texts[n].value = ends[n] ?? "";
      light();
    };
    handle.onchange = () => sent(...ends);
  });
  texts.forEach((text, n) => {
    text.onchange = () => {
      ends[n] = text.value === "" ? null : data.date ? text.value : Number(text.value);
      sent(...ends);
    };
  });
  light();
  const track = element("div", "track");
  track.append(bars, ...handles);
  const typed = element("div", "typed");
  typed.append(texts[0], element("span", "note", "to"), texts[1]);
  return [track, typed];
}

function text(data, send) {
  const words = input("search", `${data.label} contains`, data.text);
  words.placeholder = data.regex ? "matches the pattern" : "contains";
  const regex = input("checkbox", "Regular expression");
  regex.checked = data.regex;
  const change = () => send({ text: words.value, regex: regex.checked });
  words.onchange = change;
  regex.onchange = () => words.value && change();
  const label = element("label", "note", "");
  label.append(regex, "regular expression");
  return [words, label];
}

// Name of a control without its count, by which the focus is restored after redrawing.
const called = (control) =>
  control.getAttribute("aria-label") ?? (control.querySelector("bdi") ?? control).textContent.replace(/[\d,]/g, "");

const FORMS = { chips, range, text, none: () => [] };

function known(data, send, last) {
  const states = [
    ["all", {}],
    [`known (${data.known.toLocaleString("en")})`, { unknown: false }],
    [`unknown (${data.unknown.toLocaleString("en")})`, { known: false }],
  ];
  const now = data.choice.known === false ? 2 : data.choice.unknown === false ? 1 : 0;
  const box = element("div", "modes");
  states.forEach(([name, choice], n) => {
    const state = button("mode", name, () => send(n === 2 ? choice : { ...last, ...choice }, true));
    state.setAttribute("aria-pressed", n === now);
    box.append(state);
  });
  return box;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector("details");
  const kept = (box.kept ??= {});
  if (!kept.drawn) box.open = data.open;
  kept.drawn = true;
  const own = { chips: { values: data.values, mode: data.mode }, range: { low: data.low, high: data.high },
                text: { text: data.text, regex: data.regex }, none: {} }[data.form];
  const send = (choice, whole) => {
    const about = whole || data.choice.unknown === null ? {} : { unknown: data.choice.unknown };
    const all = Object.entries({ ...choice, ...about }).filter(([, value]) => value !== null && value !== undefined);
    setTriggerValue("choice", JSON.stringify(Object.fromEntries(all)));
  };
  const head = element("summary", "");
  head.append(element("bdi", "label", data.label));
  if (data.active) {
    head.append(element("bdi", "active", data.active));
    const clear = button("clear", "×", (event) => {
      event.preventDefault();
      send({}, true);
    });
    clear.setAttribute("aria-label", `Remove the filter of ${data.label}`);
    head.append(clear);
  }
  const body = element("div", "body");
  body.append(...FORMS[data.form](data, send, kept));
  if (data.unknown || data.choice.known === false || data.choice.unknown !== null) body.append(known(data, send, own));
  const active = parentElement.getRootNode().activeElement;
  const focused = active && box.contains(active) && called(active);
  box.replaceChildren(head, body);
  if (focused) [...body.querySelectorAll("button, input")].find((one) => called(one) === focused)?.focus({ preventScroll: true });
}
