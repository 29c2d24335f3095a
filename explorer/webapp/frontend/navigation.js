// Links to all pages; they keep the chosen embedding and item.
export default function ({ data, parentElement }) {
  const query = new URLSearchParams(data.query);
  const links = data.pages.map(({ label, icon, path }) => {
    const link = document.createElement("a");
    link.href = `./${path}${query.size ? `?${query}` : ""}`;
    link.onclick = follow;
    if (label === data.current) link.setAttribute("aria-current", "page");
    const mark = document.createElement("span");
    mark.className = "icon";
    mark.translate = false;
    mark.ariaHidden = true;
    mark.textContent = icon;
    link.append(mark, label);
    return link;
  });
  const nav = parentElement.querySelector("nav");
  const focused = [...nav.children].indexOf(nav.getRootNode().activeElement);
  nav.replaceChildren(...links);
  links[focused]?.focus({ preventScroll: true });
}
