// Stores the visitor's ratings of each artifact in the browser (localStorage), and restores them if the URL has none.
const done = (window.explorerRatings ??= { session: null, applied: 0, seen: new Set() });

function read(place) {
  try {
    return JSON.parse(localStorage.getItem(place)) ?? {};
  } catch {
    return {}; // storage is disabled, or its content is invalid
  }
}

function write(place, kept) {
  try {
    if (Object.keys(kept).length) localStorage.setItem(place, JSON.stringify(kept));
    else localStorage.removeItem(place);
  } catch {
    // Storage is disabled: the ratings are still in the URL.
  }
}

export default function ({ data }) {
  const place = `explorer:ratings:${data.artifact}`;
  const kept = read(place);
  // Changes are numbered by the session; each is written once.
  if (done.session !== data.session) Object.assign(done, { session: data.session, applied: 0 });
  const fresh = data.changes.filter(([n]) => n > done.applied);
  for (const [n, key, rated] of fresh) {
    done.applied = n;
    if (key === null) Object.keys(kept).forEach((name) => delete kept[name]);
    else if (rated === null) delete kept[key];
    else kept[key] = rated;
  }
  if (fresh.length) write(place, kept);
  // Only once per opened page: going "back" to before the first rating must not restore all ratings.
  const first = !done.seen.has(data.artifact);
  done.seen.add(data.artifact);
  if (!first || !data.bare || !Object.keys(kept).length) return;
  const url = new URL(location.href);
  for (const [key, rated] of Object.entries(kept)) {
    if (rated === "no") url.searchParams.append("not", key);
    else url.searchParams.append("rated", `${key}=${rated}`);
  }
  history.replaceState({}, "", url); // the same entry: "back" leads to the page before
  dispatchEvent(new PopStateEvent("popstate"));
}
