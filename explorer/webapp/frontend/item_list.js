// Rows of items: a title that is a link, values of some columns, a bar and a number. Text is only ever set as text.
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
  node.title = page === "Home" ? `Open ${row.key}` : page === "Map" ? "Its place on the map" : "Its neighbors";
  node.onclick = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    // As the browser's own "forward" would: one step in its history, one run of the page that is opened.
    history.pushState({}, "", node.href);
    dispatchEvent(new PopStateEvent("popstate"));
  };
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

function score(row) {
  const cell = element("span", "score");
  const track = element("span", "track");
  const bar = element("span", "bar");
  bar.style.width = `${100 * Math.max(0, Math.min(1, row.bar))}%`;
  track.append(bar);
  cell.append(track, element("span", "number", row.number));
  return cell;
}

function header(columns) {
  const item = element("li", "columns");
  item.append(element("span", "item"), element("span", "leads"), ...columns.map((name) => element("span", "cell", name)));
  return item;
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector("ol");
  const columns = data.columns ?? [];
  list.style.setProperty("--cells", columns.length ? `repeat(${columns.length}, 4.2rem)` : "7.2rem");
  list.classList.toggle("table", columns.length > 0);
  list.replaceChildren(
    ...(columns.length ? [header(columns)] : []),
    ...data.rows.map((row) => {
      const item = element("li", row.marked ? "marked" : "");
      const about = element("span", "item");
      const head = element("span", "head");
      head.append(link("Home", row, data, "title", row.title), element("span", "beside", row.beside));
      if (row.marked) head.append(element("span", "mark", row.marked));
      about.append(head, valueLine(row));
      const leads = element("span", "leads");
      leads.append(link("Neighbors", row, data, "lead", "near"));
      if (data.has_map) leads.append(link("Map", row, data, "lead", "map"));
      item.append(about, leads);
      item.append(...(row.cells ?? []).map((text) => element("span", "cell", text)));
      if (!columns.length && row.number !== null) item.append(score(row));
      return item;
    }),
  );
}
