// Rows of items: a title that is a link, values of some columns, a bar and a number.
// Texts are set as text content, never as HTML.
const PAGES = { Home: "", Neighbors: "Neighbors", Map: "Map" };

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function link(page, row, data, className, text) {
  const node = element("a", className, text);
  const query = new URLSearchParams({ artifact: data.artifact, [page === "Neighbors" ? "items" : "item"]: row.key });
  node.href = `./${PAGES[page]}?${query}`;
  node.title = page === "Home" ? `Open ${row.key}` : page === "Map" ? `${row.key} on the map` : `Neighbors of ${row.key}`;
  if (page !== "Home") node.ariaLabel = node.title;
  node.onclick = follow;
  return node;
}

function valueLine(row) {
  const line = element("span", "values");
  for (const { text, color } of row.values) {
    const value = element("bdi", color ? "value dotted" : "value", text);
    if (color) value.style.setProperty("--dot", color);
    line.append(value);
  }
  return line;
}

function score(row, signed) {
  const cell = element("span", "score");
  const track = element("span", "track");
  const bar = element("span", "bar");
  const length = 100 * Math.max(signed ? -1 : 0, Math.min(1, row.bar));
  bar.style.width = `${Math.abs(length) / (signed ? 2 : 1)}%`;
  if (signed) {
    track.classList.add("signed");
    bar.classList.toggle("negative", length < 0);
    bar.style.marginLeft = `${50 + Math.min(0, length) / 2}%`;
  }
  track.append(bar);
  cell.append(track, element("span", "number", row.number));
  return cell;
}

function header(columns) {
  const item = element("li", "columns");
  item.append(element("span", "item"), element("span", "leads"), ...columns.map((name) => element("span", "cell", name)));
  return item;
}

// One button per rating, two per star for half stars. Arrow keys move, Enter and space rate.
function stars(row, rating, act) {
  const group = element("span", rating.halves ? "stars halves" : "stars");
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", `Rate ${row.title}`);
  const place = Math.max(0, row.rated === null ? rating.values.length - 1 : rating.values.indexOf(row.rated));
  const buttons = rating.values.map((value, n) => {
    const choice = element("button", row.rated !== null && value <= row.rated ? "star on" : "star");
    choice.type = "button";
    choice.setAttribute("role", "radio");
    choice.setAttribute("aria-checked", value === row.rated);
    choice.setAttribute("aria-label", `${value} of ${rating.values.at(-1)}`);
    choice.title = `${value} of ${rating.values.at(-1)}`;
    choice.tabIndex = n === place ? 0 : -1;
    choice.onclick = () => act({ key: row.key, rated: value });
    choice.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      buttons[Math.max(0, Math.min(buttons.length - 1, n + step))].focus();
    };
    return choice;
  });
  group.append(...buttons);
  return group;
}

function drop(row, words, act) {
  const button = element("button", "drop", "×");
  button.type = "button";
  button.title = words;
  button.setAttribute("aria-label", `${words}: ${row.title}`);
  button.onclick = () => act({ key: row.key, rated: null });
  return button;
}

// The button that gets the focus when the list is redrawn.
function keepFocus(list, draw) {
  const active = list.getRootNode().activeElement;
  const row = active?.closest("li");
  const n = row ? [...list.children].indexOf(row) : -1;
  const selector = active?.classList.contains("drop") ? ".drop" : active?.classList.contains("star") ? ".star" : "";
  draw();
  if (n < 0 || !selector) return;
  const next = list.children[Math.min(n, list.children.length - 1)];
  [...(next?.querySelectorAll(selector) ?? [])].find((button) => button.tabIndex >= 0)?.focus();
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ol");
  const columns = data.columns ?? [];
  const act = (what) => setTriggerValue("act", JSON.stringify(what));
  list.style.setProperty("--cells", columns.length ? `repeat(${columns.length}, 4.2rem)` : "7.2rem");
  list.classList.toggle("table", columns.length > 0);
  list.classList.toggle("rating", Boolean(data.rating));
  list.classList.toggle("scored", data.rows.some((row) => row.number !== null));
  const rows = data.rows.map((row) => {
    const item = element("li", row.marked ? "marked" : "");
    const about = element("span", "item");
    const head = element("span", "head");
    head.append(link("Home", row, data, "title", row.title), " ", element("span", "beside", row.beside)); // a line may end at a space
    if (row.marked) head.append(" ", element("span", "mark", row.marked));
    about.append(head, valueLine(row));
    if (row.why) about.append(element("span", "why", row.why));
    const leads = element("span", "leads");
    leads.append(link("Neighbors", row, data, "lead", "near"));
    if (data.has_map) leads.append(link("Map", row, data, "lead", "map"));
    item.append(about, leads);
    item.append(...(row.cells ?? []).map((text) => element("span", "cell", text)));
    if (data.rating) item.append(stars(row, data.rating, act));
    if (data.drop) item.append(drop(row, data.drop, act));
    if (!columns.length && !data.rating && row.number !== null) item.append(score(row, data.signed));
    return item;
  });
  keepFocus(list, () => list.replaceChildren(...(columns.length ? [header(columns)] : []), ...rows));
}
