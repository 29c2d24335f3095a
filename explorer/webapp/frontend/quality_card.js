// A table of metrics: name, value for each embedding, meaning and normal range. Texts are set as text content.
function element(className, text, role) {
  const node = document.createElement("span");
  node.className = className;
  node.textContent = text;
  if (role) node.setAttribute("role", role);
  return node;
}

function row(cells) {
  const node = document.createElement("div");
  node.setAttribute("role", "row");
  node.append(...cells);
  return node;
}

export default function ({ data, parentElement }) {
  const table = parentElement.querySelector("[role=table]");
  table.style.setProperty("--values", data.names.length);
  const head = row([
    element("name", "", "columnheader"),
    ...data.names.map((name) => element("value", name, "columnheader")),
    element("told", "meaning and normal range", "columnheader"),
  ]);
  head.className = "head";
  const rows = data.rows.map((figure) => {
    const told = element("told", figure.meaning + " ", "cell");
    told.append(element("normal", figure.normal));
    const values = figure.values.map(({ text, verdict }, number) => {
      const cell = element(`value ${verdict}`, text, "cell");
      cell.dataset.of = data.names[number];
      if (verdict === "unusual") cell.append(element("verdict", "unusual"));
      return cell;
    });
    return row([element("name", figure.name, "rowheader"), ...values, told]);
  });
  table.replaceChildren(head, ...rows);
}
